// element_kernels.hpp: the kernels of one element type against plain loops with its own + and *: registers, tiles, maps, vectors.
// Numbers are small and whole, so that only sums of exponentials are not exact.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "kernels/elements.hpp"
#include "runtime/typed_kernels.hpp"
#include "support/catch.hpp"
#include "support/loop_reference.hpp"

namespace einc::testing {

template <class T>
inline constexpr bool is_log_sum_exp = std::is_same_v<T, kernels::LogSumExp<float>> || std::is_same_v<T, kernels::LogSumExp<double>>;

// The n-th of a row of numbers without a pattern; zeros of a semiring are among them.
template <class T>
T small_number(std::size_t n, std::size_t salt = 0) {
  const auto mixed = static_cast<std::uint32_t>((n + 1) * 2654435761u + salt * 40503u) >> 16;
  const int number = static_cast<int>(mixed % 7) - 3;
  if constexpr (requires(T value) { value.im; }) return T(static_cast<decltype(T::re)>(number), static_cast<decltype(T::re)>(static_cast<int>(mixed / 7 % 7) - 3));
  else if constexpr (requires(T value) { value.value; }) {
    T made(mixed % 11 == 0 ? 0 : 1);
    if (mixed % 11 != 0) made.value = static_cast<decltype(T::value)>(number);
    return made;
  } else if constexpr (std::is_same_v<T, kernels::Boolean>) return T(mixed % 5 == 0 ? 1 : 0);
  else if constexpr (std::is_integral_v<T>) return static_cast<T>(mixed * 40503u * 69069u >> 3);
  else return static_cast<T>(number);
}
template <class T>
std::vector<T> small_numbers(std::size_t count, std::size_t salt = 0) {
  std::vector<T> made(count);
  for (std::size_t n = 0; n < count; ++n) made[n] = small_number<T>(n, salt);
  return made;
}

template <class T>
bool alike(const T& x, const T& y) {
  if constexpr (is_log_sum_exp<T>) {
    const double p = static_cast<double>(x.value), q = static_cast<double>(y.value);
    return p == q || std::abs(p - q) <= 60 * static_cast<double>(std::numeric_limits<decltype(T::value)>::epsilon()) * (1 + std::abs(q));
  } else {
    return x == y;
  }
}
template <class T>
bool same_bytes(const T& x, const T& y) {
  return std::memcmp(&x, &y, sizeof(T)) == 0;
}

// Every function of the registers of one architecture.
template <class Ops, class T>
void check_register() {
  using Vector = typename Ops::Vector;
  constexpr auto width = static_cast<std::size_t>(Ops::width);
  const std::vector<T> x = small_numbers<T>(width * width, 1), y = small_numbers<T>(width, 2), z = small_numbers<T>(width, 3);
  const T mark = small_number<T>(77, 5);
  alignas(64) T lanes[2 * width];
  const auto lanes_are = [&](Vector value, auto expected) {
    Ops::store(lanes, value);
    int wrong = 0;
    for (std::size_t lane = 0; lane < width; ++lane) wrong += !alike(lanes[lane], expected(lane));
    return wrong == 0;
  };
  CHECK(lanes_are(Ops::zero(), [](std::size_t) { return T(0); }));
  CHECK(lanes_are(Ops::broadcast(y[0]), [&](std::size_t) { return y[0]; }));
  CHECK(lanes_are(Ops::load(y.data()), [&](std::size_t lane) { return y[lane]; }));
  const Vector p = Ops::load(x.data()), q = Ops::load(y.data()), r = Ops::load(z.data());
  CHECK(lanes_are(p + q, [&](std::size_t lane) { return kernels::plus(x[lane], y[lane]); }));
  CHECK(lanes_are(p * q, [&](std::size_t lane) { return kernels::times(x[lane], y[lane]); }));
  CHECK(lanes_are(Ops::fma(p, q, r), [&](std::size_t lane) { return kernels::plus(kernels::times(x[lane], y[lane]), z[lane]); }));
  for (std::size_t count = 0; count <= width; ++count) {
    CHECK(lanes_are(Ops::load_first(y.data(), static_cast<int>(count)), [&](std::size_t lane) { return lane < count ? y[lane] : T(0); }));
    for (T& lane : lanes) lane = mark;
    Ops::store_first(lanes, q, static_cast<int>(count));
    int wrong = 0;
    for (std::size_t lane = 0; lane < 2 * width; ++lane) wrong += !same_bytes(lanes[lane], lane < count ? y[lane] : mark);
    CHECK(wrong == 0);
  }
  Ops::stream(lanes, q);
  Ops::fence();
  CHECK(lanes_are(Ops::load(lanes), [&](std::size_t lane) { return y[lane]; }));
  T total = T(0);
  for (const T& each : y) total = kernels::plus(total, each);
  CHECK(alike(Ops::sum(q), total));
  Vector rows[width];
  for (std::size_t row = 0; row < width; ++row) rows[row] = Ops::load(x.data() + row * width);
  Ops::transpose(rows);
  int wrong = 0;
  for (std::size_t row = 0; row < width; ++row) {
    Ops::store(lanes, rows[row]);
    for (std::size_t column = 0; column < width; ++column) wrong += !same_bytes(lanes[column], x[column * width + row]);
  }
  CHECK(wrong == 0);
}

// The arithmetic of maps: every length from 1, runs and numbers on either side; nothing behind a run is written.
template <class T>
void check_map_arithmetic(const kernels::KernelTable& table) {
  const kernels::MapKernels<T>& map = runtime::map_kernels<T>(table);
  const std::vector<T> x = small_numbers<T>(200, 1), y = small_numbers<T>(200, 2);
  const T mark = small_number<T>(77, 5);
  int wrong = 0;
  for (std::size_t length = 1; length <= 150; length += length < 70 ? 1 : 9) {
    const auto check = [&](auto call, auto expected) {
      std::vector<T> result(length + 8, mark);
      call(result.data(), static_cast<std::ptrdiff_t>(length));
      for (std::size_t i = 0; i < length; ++i) wrong += !alike(result[i], expected(i));
      for (std::size_t i = length; i < length + 8; ++i) wrong += !same_bytes(result[i], mark);
    };
    const auto two = [&](kernels::Binary function, auto expected) {
      const auto& forms = map.binary[static_cast<int>(function)];
      check([&](T* to, std::ptrdiff_t n) { forms.runs(x.data(), y.data(), to, n); }, [&](std::size_t i) { return expected(x[i], y[i]); });
      check([&](T* to, std::ptrdiff_t n) { forms.number_right(x.data(), y.data() + 3, to, n); }, [&](std::size_t i) { return expected(x[i], y[3]); });
      check([&](T* to, std::ptrdiff_t n) { forms.number_left(x.data() + 3, y.data(), to, n); }, [&](std::size_t i) { return expected(x[3], y[i]); });
    };
    two(kernels::Binary::add, [](T p, T q) { return kernels::plus(p, q); });
    two(kernels::Binary::multiply, [](T p, T q) { return kernels::times(p, q); });
    const auto one = [&](kernels::Unary function) { return map.unary[static_cast<int>(function)]; };
    if constexpr (requires(T value) { value.im; }) {
      two(kernels::Binary::subtract, [](T p, T q) { return T(p.re - q.re, p.im - q.im); });
      check([&](T* to, std::ptrdiff_t n) { one(kernels::Unary::negative)(x.data(), to, n); }, [&](std::size_t i) { return T(-x[i].re, -x[i].im); });
      check([&](T* to, std::ptrdiff_t n) { one(kernels::Unary::conjugate)(x.data(), to, n); }, [&](std::size_t i) { return T(x[i].re, -x[i].im); });
    } else {
      check([&](T* to, std::ptrdiff_t n) { one(kernels::Unary::conjugate)(x.data(), to, n); }, [&](std::size_t i) { return x[i]; });
    }
    if constexpr (std::is_integral_v<T>) {
      two(kernels::Binary::subtract, [](T p, T q) { return static_cast<T>(p - q); });
      check([&](T* to, std::ptrdiff_t n) { one(kernels::Unary::negative)(x.data(), to, n); }, [&](std::size_t i) { return static_cast<T>(0 - x[i]); });
    }
    T total = T(0);
    for (std::size_t i = 0; i < length; ++i) total = kernels::plus(total, x[i]);
    wrong += !alike(map.sum(x.data(), static_cast<std::ptrdiff_t>(length)), total);
  }
  INFO(table.isa);
  CHECK(wrong == 0);
}

// What the instructions without tiles are made of.
template <class T>
void check_vector_kernels(const kernels::KernelTable& table) {
  using namespace kernels;
  const VectorKernels<T>& vector = runtime::vector_kernels<T>(table);
  const std::vector<T> a = small_numbers<T>(9000, 1), b = small_numbers<T>(9000, 2), before = small_numbers<T>(9000, 3);
  const T alpha = small_number<T>(5, 9), beta = small_number<T>(6, 9), mark = small_number<T>(77, 5);
  int wrong = 0;
  const auto expected = [&](const Epilogue<T>& epilogue, T result, T old) {
    if (epilogue.update == Update::store) return result;
    if (epilogue.update == Update::scale) return times(alpha, result);
    return plus(times(alpha, result), times(beta, old));
  };
  for (const Update update : {Update::store, Update::scale, Update::accumulate}) {
    const Epilogue<T> epilogue{update, alpha, beta};
    for (const std::ptrdiff_t columns : {1, 2, 3, 5, 8, 15, 16, 17, 31, 33, 64, 67, 130}) {
      constexpr std::ptrdiff_t rows = 7;
      const auto at = [](std::ptrdiff_t i) { return static_cast<std::size_t>(i); };
      const auto compare = [&](const std::vector<T>& c, std::ptrdiff_t c_row, std::ptrdiff_t c_column, auto result) {
        std::vector<T> wanted = before;
        for (std::ptrdiff_t row = 0; row < rows; ++row)
          for (std::ptrdiff_t column = 0; column < columns; ++column) {
            T& place = wanted[at(row * c_row + column * c_column)];
            place = expected(epilogue, result(row, column), place);
          }
        for (std::size_t i = 0; i < c.size(); ++i) wrong += !alike(c[i], wanted[i]);
      };
      std::vector<T> c = before;
      vector.copy({rows, columns, a.data(), 140, 1, c.data(), 150, 1, epilogue, false});
      compare(c, 150, 1, [&](std::ptrdiff_t row, std::ptrdiff_t column) { return a[at(row * 140 + column)]; });
      std::copy(before.begin(), before.end(), c.begin());
      vector.transpose({rows, columns, a.data(), 1, 11, c.data(), 150, 1, epilogue, false});
      compare(c, 150, 1, [&](std::ptrdiff_t row, std::ptrdiff_t column) { return a[at(row + column * 11)]; });
      std::copy(before.begin(), before.end(), c.begin());
      vector.copy_any({rows, columns, a.data(), 3, 25, c.data(), 1, 9, epilogue, false});
      compare(c, 1, 9, [&](std::ptrdiff_t row, std::ptrdiff_t column) { return a[at(row * 3 + column * 25)]; });
      for (const std::ptrdiff_t step : {0, 1}) {
        std::copy(before.begin(), before.end(), c.begin());
        vector.multiply({rows, columns, a.data(), 140, step, b.data(), 135, 1, c.data(), 150, 1, epilogue, false});
        compare(c, 150, 1, [&](std::ptrdiff_t row, std::ptrdiff_t column) { return times(a[at(row * 140 + column * step)], b[at(row * 135 + column)]); });
      }
      std::copy(before.begin(), before.end(), c.begin());
      vector.multiply_any({rows, columns, a.data(), 3, 25, b.data(), 2, 20, c.data(), 1, 9, epilogue, false});
      compare(c, 1, 9, [&](std::ptrdiff_t row, std::ptrdiff_t column) { return times(a[at(row * 3 + column * 25)], b[at(row * 2 + column * 20)]); });
      std::copy(before.begin(), before.end(), c.begin());
      vector.finish(a.data(), c.data(), 3, columns, epilogue);
      std::vector<T> wanted = before;
      for (std::ptrdiff_t i = 0; i < columns; ++i) wanted[at(3 * i)] = expected(epilogue, a[at(i)], wanted[at(3 * i)]);
      for (std::size_t i = 0; i < c.size(); ++i) wrong += !alike(c[i], wanted[i]);
    }
  }
  for (std::ptrdiff_t length = 1; length <= 300; length += length < 40 ? 1 : 37) {
    const auto n = static_cast<std::size_t>(length);
    for (const bool streamed : {false, true}) {
      std::vector<T> c(n + 9, mark);
      vector.fill(c.data() + 1, length, alpha, streamed);
      vector.fence();
      for (std::size_t i = 0; i < c.size(); ++i) wrong += !same_bytes(c[i], i > 0 && i <= n ? alpha : mark);
    }
    std::vector<T> x(a.begin(), a.begin() + length + 1);
    vector.add(x.data(), b.data(), length);
    for (std::size_t i = 0; i <= n; ++i) wrong += !alike(x[i], i < n ? plus(a[i], b[i]) : a[i]);
    // Sums in each of the three forms, of one array and of two.
    for (const bool two : {false, true}) {
      const auto& forms = two ? vector.dot : vector.sum;
      for (int form = 0; form < 3; ++form) {
        constexpr std::ptrdiff_t count = 5, depth = 3;
        SumBlock<T> block{count, depth, length, a.data(), 0, 0, 0, two ? b.data() : nullptr, 0, 0, 0};
        if (form == 0) block.a_count = 1000, block.a_depth = 310, block.a_length = 1, block.b_count = 0, block.b_depth = 305, block.b_length = 1;
        if (form == 1) block.a_count = 1, block.a_depth = 2000, block.a_length = 6, block.b_count = 1, block.b_depth = 1900, block.b_length = 5;
        if (form == 2) block.a_count = 3, block.a_depth = 2000, block.a_length = 6, block.b_count = 7, block.b_depth = 1900, block.b_length = 5;
        T got[count];
        (form == 0 ? forms.across : form == 1 ? forms.down : forms.any)(block, got);
        for (std::ptrdiff_t i = 0; i < count; ++i) {
          T sum = T(0);
          for (std::ptrdiff_t d = 0; d < depth; ++d)
            for (std::ptrdiff_t l = 0; l < length; ++l) {
              const T left = a[static_cast<std::size_t>(i * block.a_count + d * block.a_depth + l * block.a_length)];
              sum = plus(sum, two ? times(left, b[static_cast<std::size_t>(i * block.b_count + d * block.b_depth + l * block.b_length)]) : left);
            }
          wrong += !alike(got[i], sum);
        }
      }
    }
  }
  INFO(table.isa);
  CHECK(wrong == 0);
}

// Every register tile, with every tail of the last vector, stored and added.
template <class T>
void check_tiles(const kernels::KernelTable& table) {
  using namespace kernels;
  const ContractKernels<T>& contract = runtime::contract_kernels<T>(table);
  constexpr std::ptrdiff_t depth = 19, c_row = 150;
  const std::vector<T> a = small_numbers<T>(2000, 1), b = small_numbers<T>(5000, 2), before = small_numbers<T>(3000, 3);
  int wrong = 0;
  for (int rows = 1; rows <= contract.rows; ++rows) {
    for (int vectors = 1; vectors <= contract.columns / contract.width; ++vectors) {
      for (int tail = 1; tail <= contract.width; tail += contract.width > 16 ? 5 : 1) {
        for (int form = 0; form < 4; ++form) {
          const bool adjacent = form % 2 == 0, adds = form >= 2;
          if (!adjacent && contract.strided[rows - 1][vectors - 1] == nullptr) continue;  // only floats have them
          std::vector<T> c = before;
          std::ptrdiff_t c_rows[ContractKernels<T>::most_rows];
          for (int row = 0; row < rows; ++row) c_rows[row] = row * c_row;
          const std::ptrdiff_t a_row = adjacent ? 1 : 23, a_depth = adjacent ? rows : 1;
          const T alpha = adds ? small_number<T>(5, 9) : T(1), beta = small_number<T>(6, 9);
          (adjacent ? contract.adjacent : contract.strided)[rows - 1][vectors - 1](
              {depth, a.data(), a_row, a_depth, b.data(), contract.columns, c.data(), c_rows, adds, tail, adds ? tail : contract.width, adds ? TileWrite::add : TileWrite::store, alpha, beta, nullptr, {}});
          const std::ptrdiff_t columns = (vectors - 1) * contract.width + tail;
          for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(c.size()); ++i) {
            const std::ptrdiff_t row = i / c_row, column = i % c_row;
            T wanted = before[static_cast<std::size_t>(i)];
            if (row < rows && column < columns) {
              T sum = T(0);
              for (std::ptrdiff_t k = 0; k < depth; ++k)
                sum = plus(sum, times(a[static_cast<std::size_t>(row * a_row + k * a_depth)], b[static_cast<std::size_t>(k * contract.columns + column)]));
              wanted = adds ? plus(times(beta, wanted), times(alpha, sum)) : sum;
            }
            wrong += !alike(c[static_cast<std::size_t>(i)], wanted);
          }
        }
      }
    }
  }
  INFO(table.isa);
  CHECK(wrong == 0);
}

}  // namespace einc::testing
