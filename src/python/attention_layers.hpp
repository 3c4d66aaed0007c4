// attention_layers.hpp: layers of either element type behind one class of Python, with the arrays that they borrow.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include <einc/attention_layers.hpp>

#include "python/attention_keywords.hpp"
#include "python/named_arrays.hpp"

namespace einc::python {

template <template <class> class Layer>
struct Held {
  std::shared_ptr<const NamedArrays> weights;  // what the layer borrows
  std::variant<Layer<float>, Layer<double>> layer;
  std::shared_ptr<PythonScore::Reference> function = {};  // of the layers that have one

  DType dtype() const { return weights->result_dtype(); }  // in which the weights meet
  template <class T>
  const Layer<T>& of() const {
    return std::get<Layer<T>>(layer);
  }
};

// Makes *self of make.operator()<T>(arrays), T the type of the arrays.
template <template <class> class Layer, class Make>
void make_layer(Held<Layer>* self, const Arguments& arguments, const Make& make) {
  const auto weights = std::make_shared<const NamedArrays>(arguments);
  with_element(weights->dtype(), [&]<class T>() {
    new (self) Held<Layer>{weights, std::variant<Layer<float>, Layer<double>>(make.template operator()<T>(*weights))};
  });
}

// What a layer remembers between steps, of the element type of the first layer that used it.
template <template <class> class Memory>
class Remembered {
 public:
  // One step at a time. Taken with the interpreter's lock released. Throws Error when this thread has one already: a score function
  // runs in the middle of a step.
  class Turn {
   public:
    explicit Turn(Remembered& memory) : memory_(memory) {
      if (memory.owner_ == std::this_thread::get_id()) throw Error(ErrorCode::bad_option, "the past is in use by the step that calls this function");
      memory.mutex_.lock();
      memory.owner_ = std::this_thread::get_id();
    }
    ~Turn() {
      memory_.owner_ = std::thread::id();
      memory_.mutex_.unlock();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Remembered& memory_;
  };

  bool empty() const { return memory_.index() == 0; }
  DType dtype() const { return memory_.index() == 1 ? DType::f32 : DType::f64; }
  // Throws ElementTypeError when it is of the other type; made by make() when there is none yet.
  template <class T, class Make>
  Memory<T>& of(const Make& make) {
    if (empty()) memory_.template emplace<Memory<T>>(make());
    if (Memory<T>* memory = std::get_if<Memory<T>>(&memory_)) return *memory;
    throw Error(ErrorCode::dtype_mismatch,
                "the past holds " + std::string(name_of(dtype())) + ", the layer computes in " + std::string(name_of(dtype_of<T>)));
  }
  template <class T>
  Memory<T>& of() {
    return of<T>([]() -> Memory<T> { throw Error(ErrorCode::bad_option, "the past was not begun"); });
  }

 private:
  std::mutex mutex_;
  std::atomic<std::thread::id> owner_;
  std::variant<std::monostate, Memory<float>, Memory<double>> memory_;
};

// attention.KeyValueCache of Python.
class HeldCache : public Remembered<attention::KeyValueCache> {
 public:
  explicit HeldCache(Extent capacity) : capacity_(capacity) {}
  template <class T>
  attention::KeyValueCache<T>& cache() {
    return of<T>([&] { return attention::KeyValueCache<T>(capacity_); });
  }
  Extent first_capacity() const { return capacity_; }

 private:
  Extent capacity_;
};

void bind_key_value_cache(nb::module_& attention);

// body() as released() does it, alone with the memory.
template <class Memory, class Body>
auto alone_with(Memory& memory, const Body& body) {
  return released([&] {
    const typename Memory::Turn turn(memory);
    return body();
  });
}

}  // namespace einc::python
