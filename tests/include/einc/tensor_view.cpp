// Arrays as einc sees them: strides of dense arrays, views, the owning Array, and how a user's own array takes part.
#include <einc/tensor_view.hpp>

#include <concepts>
#include <vector>

#include <einc/einsum.hpp>

#include "support/catch.hpp"

using namespace einc;

namespace elsewhere {

// Somebody else's matrix type, which knows nothing of einc.
struct Matrix {
  std::vector<double> values;
  int rows, columns;
};

}  // namespace elsewhere

using elsewhere::Matrix;

template <>
struct einc::ArrayTraits<Matrix> {
  using element = double;
  static constexpr int rank = 2;
  template <class A>
  struct Borrow {
    A& matrix;
    Shape extents{matrix.rows, matrix.columns};
    Strides strides = row_major(extents);
    explicit Borrow(A& borrowed) : matrix(borrowed) {}
    ArrayRef ref() const { return {matrix.values.data(), DType::f64, extents, strides}; }
    OutputRef output() const
      requires(!std::is_const_v<A>)
    {
      return {matrix.values.data(), DType::f64, extents, strides};
    }
  };
  struct Results {
    static constexpr int priority = 2;
    template <class T>
    static Matrix make(const Shape& shape) {
      return {std::vector<double>(static_cast<std::size_t>(shape[0] * shape[1])), static_cast<int>(shape[0]), static_cast<int>(shape[1])};
    }
  };
};

TEST_CASE("row_major counts from the innermost label") {
  CHECK(row_major(Shape{}) == Strides{});
  CHECK(row_major(Shape{7}) == Strides{1});
  CHECK(row_major(Shape{2, 3, 4}) == Strides{12, 4, 1});
  CHECK(row_major(Shape{2, 0, 4}) == Strides{4, 4, 1});  // an extent of 0 leaves usable strides
}

TEST_CASE("a view without strides is row-major, and an Array owns row-major memory") {
  float data[6] = {};
  CHECK(TensorView<float>(data, {2, 3}).strides() == Strides{3, 1});
  CHECK(TensorView<const float>(data, {2, 3}, {1, 2}).strides() == Strides{1, 2});
  Array<double> array({2, 3});
  CHECK(array.size() == 6);
  CHECK(array.view().data() == array.data());
  CHECK(Array<double>(Shape{}).size() == 1);
  CHECK(Array<double>().size() == 0);
}

TEST_CASE("only arrays of element types einc computes with are operands") {
  CHECK(Operand<TensorView<const float>>);
  CHECK(Operand<TensorView<double>>);
  CHECK(Operand<const Array<float>&>);
  CHECK(Operand<TensorView<int>>);
  CHECK(!Operand<TensorView<wchar_t>>);
  CHECK(!Operand<std::vector<float>>);
}

TEST_CASE("a user's array type takes part once ArrayTraits knows it") {
  const Matrix a{{1, 2, 3, 4, 5, 6}, 2, 3};
  const double b[3] = {1, 10, 100};
  const Matrix scaled = einsum("ij,j->ij", a, TensorView<const double>(b, {3}));
  CHECK(scaled.values == std::vector<double>{1, 20, 300, 4, 50, 600});
  Matrix out{{0, 0, 0, 0, 0, 0}, 3, 2};
  einsum_into(out, "ij->ji", a);
  CHECK(out.values == std::vector<double>{1, 4, 2, 5, 3, 6});
}

TEST_CASE("a view whose extents no count can hold is made, and refused by every call") {
  const Extent huge = Extent{1} << 40;
  float value = 1;
  const TensorView<float> view(&value, {huge, huge});
  try {
    einsum("ij->", view);
    FAIL("computed");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::too_large);
  }
}

TEST_CASE("an array gives its memory away, and is empty from then on") {
  Array<float> array({2, 3});
  float* const data = array.data();
  const std::unique_ptr<float[]> taken = array.release();
  CHECK(taken.get() == data);
  CHECK(array.size() == 0);
  CHECK(array.extents() == Shape{0});
  CHECK(array.data() == nullptr);
  Array<double> number((Shape()));
  number[0] = 2;
  CHECK(number.release()[0] == 2);
}
