"""The programs of the suite `layers` as torch has them: modules and functions that are given a case's operands."""

from benchmarks.peers.engines.base import CannotRun


def multi_head(torch, tensors):
    x, *weights = tensors
    batch, length, width = x.shape
    heads = weights[0].shape[0]
    matrices = [matrix.reshape(width, width) for matrix in weights[0::2]]
    biases = [bias.reshape(width) for bias in weights[1::2]]
    functional = torch.nn.functional

    def compute():
        q, k, v = (functional.linear(x, matrices[i], biases[i]).view(batch, length, heads, -1).transpose(1, 2) for i in range(3))
        out = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, length, width)
        return functional.linear(out, matrices[3], biases[3])

    return compute


def gated(torch, tensors):
    x, memory, mask, bias, wq, wk, wv, wg, bg, wo, bo = tensors
    batch, length, width = x.shape
    heads = wq.shape[1]
    wq, wk, wv, wg = (matrix.reshape(width, -1) for matrix in (wq, wk, wv, wg))
    wo, bg = wo.reshape(-1, bo.shape[0]), bg.reshape(-1)
    functional = torch.nn.functional

    def compute():
        q, k, v = ((y @ w).view(batch, length, heads, -1).transpose(1, 2) for y, w in ((x, wq), (memory, wk), (memory, wv)))
        scores = torch.where(mask[:, None, None, :] != 0, bias, -1e9)
        out = functional.scaled_dot_product_attention(q, k, v, attn_mask=scores).transpose(1, 2).reshape(batch, length, -1)
        return torch.addmm(bo, (out * torch.sigmoid(x @ wg + bg)).view(batch * length, -1), wo).view(batch, length, -1)

    return compute


def encoder(torch, tensors, activation):
    x, *weights = tensors
    of_layer = 16
    width, heads, hidden = x.shape[2], weights[0].shape[0], weights[10].shape[0]
    layer = torch.nn.TransformerEncoderLayer(width, heads, hidden, dropout=0.0, activation=activation, batch_first=True)
    module = torch.nn.TransformerEncoder(layer, len(weights) // of_layer, enable_nested_tensor=False).eval()
    for number, own in enumerate(module.layers):
        wq, bq, wk, bk, wv, bv, wo, bo, gamma1, beta1, w1, b1, w2, b2, gamma2, beta2 = weights[number * of_layer : (number + 1) * of_layer]
        own.load_state_dict({
            "self_attn.in_proj_weight": torch.cat([w.reshape(width, width) for w in (wq, wk, wv)]),
            "self_attn.in_proj_bias": torch.cat([b.reshape(width) for b in (bq, bk, bv)]),
            "self_attn.out_proj.weight": wo.reshape(width, width), "self_attn.out_proj.bias": bo,
            "linear1.weight": w1, "linear1.bias": b1, "linear2.weight": w2, "linear2.bias": b2,
            "norm1.weight": gamma1, "norm1.bias": beta1, "norm2.weight": gamma2, "norm2.bias": beta2,
        })  # fmt: skip
    module.requires_grad_(False)
    return lambda: module(x)


LAYERS = {
    "multi_head_layer.einc": multi_head,
    "gated_layer.einc": gated,
    "encoder_relu.einc": lambda torch, tensors: encoder(torch, tensors, "relu"),
    "encoder_gelu.einc": lambda torch, tensors: encoder(torch, tensors, "gelu"),
}


def layer_of(torch, case, tensors):
    """A function that computes the case. Raises CannotRun for other programs."""
    if case.program_file not in LAYERS:
        raise CannotRun("no such layer is known to it")
    return LAYERS[case.program_file](torch, tensors)
