error: the arrow is written `->`, once, without a blank inside
  ij,jk-
       ^
hint: write the result once, after `->`: `ij,jk->ik`
