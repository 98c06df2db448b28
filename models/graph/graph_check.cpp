#include "models/graph/graph_check.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "models/base/error.h"

namespace mensa::models {
namespace {

constexpr std::int64_t kMostCounted = std::int64_t{1} << 53;

class Checker {
 public:
  Checker(const std::vector<Tensor>& tensors, const std::vector<Recurrence>& recurrences)
      : tensors_(tensors), recurrences_(recurrences) {}

  void check(const Tensor& tensor) {
    subject_ = fmt::format("tensor '{}'", tensor.name);
    std::int64_t elements = 1;
    for (const std::int64_t extent : tensor.shape) {
      if (extent < 1) fail(fmt::format("an axis has extent {}", extent));
      if (extent > kMostCounted / elements) fail("more than 2^53 elements");
      elements *= extent;
    }
    if (tensor.per_step_of && tensor.per_step_of->index() >= recurrences_.size()) {
      fail("is of a recurrence that does not exist");
    }
    if (!tensor.recurrent_state) return;
    if (!tensor.per_step_of) fail("is a recurrent state of no recurrence");
    const RecurrentState& state = *tensor.recurrent_state;
    if (state.initial) check_exists(*state.initial);
    if (state.next) check_exists(*state.next);
  }

  /// Returns the layer's MACs over all time steps.
  std::int64_t check(const Layer& layer) {
    subject_ = fmt::format("layer '{}'", layer.name);
    if (layer.recurrence && layer.recurrence->index() >= recurrences_.size()) {
      fail("is of a recurrence that does not exist");
    }
    steps_ = layer.recurrence ? recurrences_[layer.recurrence->index()].steps : 1;
    check_operands(layer);
    for (const Epilogue& fused : layer.epilogue) check_work(fused.work);
    if (const auto* vector = std::get_if<VectorWork>(&layer.work)) check_work(*vector);
    if (const auto* move = std::get_if<MoveWork>(&layer.work)) {
      if (move->elements < 0) fail("negative move work");
      (void)product(move->elements, steps_);
    }
    const auto* mac = std::get_if<MacWork>(&layer.work);
    if (mac == nullptr) return 0;
    mac->shape.check(subject_);
    if (layer.inputs.empty()) fail("MAC work without an input");
    if (layer.parameters.empty() && layer.inputs.size() != 2) {
      fail("MAC work without parameters needs two inputs");
    }
    return product(mac->shape.macs(), steps_);
  }

 private:
  [[noreturn]] void fail(std::string_view what) const { throw base::Error({}, subject_, what); }

  [[nodiscard]] std::int64_t product(std::int64_t a, std::int64_t b) const {
    std::int64_t result = 0;
    if (__builtin_mul_overflow(a, b, &result) || result > kMostCounted) {
      fail("its operations over all time steps exceed 2^53");
    }
    return result;
  }

  void check_exists(TensorId id) const {
    if (id.index() >= tensors_.size()) fail("refers to a tensor that does not exist");
  }

  void check_work(const VectorWork& work) const {
    if (work.elements_in < 0 || work.elements_out < 0 || work.operations_per_element < 0) {
      fail("negative vector work");
    }
    (void)product(work.elements_in, steps_);
    (void)product(product(work.elements_out, work.operations_per_element), steps_);
  }

  void check_operands(const Layer& layer) const {
    if (layer.outputs.empty()) fail("writes nothing");
    const auto check_all = [&](const std::vector<TensorId>& ids) {
      for (const TensorId id : ids) check_exists(id);
    };
    check_all(layer.inputs);
    check_all(layer.parameters);
    check_all(layer.outputs);
    for (const Epilogue& fused : layer.epilogue) {
      check_all(fused.extra_inputs);
      check_all(fused.parameters);
    }
  }

  const std::vector<Tensor>& tensors_;
  const std::vector<Recurrence>& recurrences_;
  std::string subject_;
  std::int64_t steps_ = 1;
};

}  // namespace

void check_values(const std::vector<Tensor>& tensors, const std::vector<Layer>& layers,
                  const std::vector<Recurrence>& recurrences) {
  Checker checker(tensors, recurrences);
  for (const Tensor& tensor : tensors) checker.check(tensor);
  std::int64_t macs = 0;
  for (const Layer& layer : layers) {
    macs += checker.check(layer);
    if (macs > kMostCounted) throw base::Error("the model has more than 2^53 MACs");
  }
}

}  // namespace mensa::models
