// SPDX-License-Identifier: BSD-3-Clause
#include "cli/run.hpp"

#include <limits>
#include <optional>

#include <einc/einsum.hpp>
#include <fmt/format.h>

#include "cli/npy.hpp"
#include "cli/output_file.hpp"

#if __has_include(<xtensor/io/xio.hpp>)  // xtensor 0.26 and later
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/io/xio.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xio.hpp>
#endif

namespace einc::cli {

namespace {

// All files hold one element type, and at least one file is there.
DType common_dtype(const std::vector<NpyArray>& arrays, const std::vector<std::string>& names) {
  for (std::size_t i = 1; i < arrays.size(); ++i)
    if (arrays[i].dtype() != arrays[0].dtype())
      throw Error(ErrorCode::dtype_mismatch,
                  fmt::format("`{}` holds {}, `{}` holds {}: one call has one element type", names[0], name_of(arrays[0].dtype()), names[i],
                              name_of(arrays[i].dtype())),
                  {}, {}, "convert one of them");
  return arrays.empty() ? DType::f32 : arrays[0].dtype();
}

template <class T>
void print(const Array<T>& result, int precision, std::ostream& out) {
  xt::print_options::set_precision(precision > 0 ? precision : std::numeric_limits<T>::max_digits10 - 2);
  const std::vector<std::size_t> shape(result.extents().begin(), result.extents().end());
  out << xt::adapt(result.data(), result.size(), xt::no_ownership(), shape) << '\n';
}

template <class T>
void compute(const RunRequest& request, const std::vector<NpyArray>& arrays, std::ostream& out) {
  std::vector<ArrayRef> refs;
  for (const NpyArray& array : arrays) refs.push_back(array.ref());
  std::optional<OutputFile> file;  // opened first: a place that cannot be written is known before the work
  if (!request.output.empty()) file.emplace(request.output);
  const Array<T> result = einc::einsum<T>(request.text, std::span<const ArrayRef>(refs), request.options);
  if (!file) return print(result, request.precision, out);
  const std::string header = make_npy_header(dtype_of<T>, result.extents());
  file->write(header.data(), header.size());
  file->write(result.data(), result.size() * sizeof(T));
  file->commit();
}

}  // namespace

void run(const RunRequest& request, std::ostream& out) {
  std::vector<NpyArray> arrays;
  for (const std::string& path : request.inputs) arrays.push_back(read_npy(path));
  if (common_dtype(arrays, request.inputs) == DType::f32) compute<float>(request, arrays, out);
  else compute<double>(request, arrays, out);
}

}  // namespace einc::cli
