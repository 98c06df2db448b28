#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "onnx_import/fusion/integer_kernels.h"
#include "onnx_import/fusion/integer_steps.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/operator_graph/element_types.h"

namespace mensa::onnx_import {
namespace {

using models::Epilogue;
using models::TensorId;

class Finish {
 public:
  explicit Finish(Draft& draft) : uses_(draft) {}

  void run() {
    for (DraftLayer& entry : uses_.layers()) {
      const auto* mac = std::get_if<models::MacWork>(&entry.layer.work);
      if (mac != nullptr) {
        finish_product(entry, mac->shape);
      } else if (entry.quantized_at && entry.integers != IntegerForm::kNone) {
        finish_vector(entry);
      }
    }
    remove_unread_steps(uses_);
    uses_.finish();
  }

 private:
  /// Reads integers wherever they are before a step.
  void finish_product(DraftLayer& entry, const models::ProblemShape& shape) {
    const std::vector<TensorId> floats = float_inputs(uses_, entry);
    const bool from_steps = !floats.empty() && comes_from_integers(entry, floats) &&
                            !has_float_parameters(uses_, entry);
    if (from_steps) {
      read_integers(entry, floats);
      read_integers_beside(entry);
      quantize_freely(entry);
    }
    const DraftScale* scale = scale_of(entry);
    const bool to_integers = from_steps && entry.quantized_at.has_value();
    if (!from_steps && scale == nullptr) return;
    if (uses_.tensor(entry.layer.outputs.front()).accumulator_width) return;
    if (!to_integers || (scale != nullptr && scale->blocks > 1)) {
      scale_accumulators(entry, shape, scale);
    }
  }

  void finish_vector(DraftLayer& entry) {
    const std::vector<TensorId> floats = float_inputs(uses_, entry);
    if (floats.empty() || !comes_from_integers(entry, floats) ||
        has_float_parameters(uses_, entry)) {
      return;
    }
    read_integers(entry, floats);
    read_integers_beside(entry);
    quantize_freely(entry);
  }

  [[nodiscard]] bool comes_from_integers(const DraftLayer& entry,
                                         const std::vector<TensorId>& floats) const {
    return std::all_of(floats.begin(), floats.end(),
                       [&](TensorId id) { return integers_of(uses_, id, entry).has_value(); });
  }

  void read_integers(DraftLayer& entry, const std::vector<TensorId>& floats) {
    for (const TensorId id : floats) {
      const DraftLayer& step = *uses_.writer(id);
      entry.layer.merged.push_back(uses_.draft().groups[step.layer.group.index()]);
      uses_.read_instead(entry, id, *integers_of(uses_, id, entry));
    }
  }

  /// Operands of epilogues, as the shortcut of a residual sum.
  void read_integers_beside(DraftLayer& entry) {
    std::vector<TensorId> beside;
    for (const Epilogue& fused : entry.layer.epilogue) {
      for (const TensorId id : fused.extra_inputs) {
        const bool is_new = std::find(beside.begin(), beside.end(), id) == beside.end();
        if (is_new && integers_of(uses_, id, entry)) beside.push_back(id);
      }
    }
    read_integers(entry, beside);
  }

  static void quantize_freely(DraftLayer& entry) {
    if (!entry.quantized_at) return;
    Epilogue& step = entry.layer.epilogue[*entry.quantized_at];
    step.work.operations_per_element = 0;
    step.parameters.clear();
  }

  /// How the layer's weights are stored, where that is not as the numbers they are.
  [[nodiscard]] const DraftScale* scale_of(const DraftLayer& entry) {
    const auto& scales = uses_.draft().scales;
    for (const TensorId id : entry.layer.parameters) {
      if (const auto found = scales.find(id); found != scales.end()) return &found->second;
    }
    return nullptr;
  }

  /// The bias of an integer product is added to its accumulators; everything else comes after they
  /// are scaled.
  static std::size_t place_of_scaling(const DraftUses& uses, const DraftLayer& entry) {
    if (entry.layer.epilogue.empty()) return 0;
    const auto& parameters = entry.layer.epilogue.front().parameters;
    return parameters.size() == 1 && !is_float(uses.tensor(parameters.front()).type) ? 1 : 0;
  }

  void scale_accumulators(DraftLayer& entry, const models::ProblemShape& shape,
                          const DraftScale* scale) {
    const std::int64_t elements = shape.elements(models::MacOperand::kOutputs);
    Epilogue scaling;
    scaling.op = "Dequantize";
    scaling.node = uses_.draft().groups[entry.layer.group.index()];
    scaling.work = {elements, elements, kArithmetic};
    if (scale != nullptr) {
      scaling.work.operations_per_element = kArithmetic * scale->blocks;
      add_parameter(scaling, scale->scale);
      if (scale->blocks > 1 && scale->zero_point) add_parameter(scaling, *scale->zero_point);
    }
    const std::size_t place = place_of_scaling(uses_, entry);
    entry.layer.epilogue.insert(entry.layer.epilogue.begin() + static_cast<std::ptrdiff_t>(place),
                                std::move(scaling));
    if (entry.quantized_at && *entry.quantized_at >= place) ++*entry.quantized_at;
  }

  /// Constants of one element are immediates.
  void add_parameter(Epilogue& fused, TensorId id) const {
    if (uses_.tensor(id).elements() > 1) fused.parameters.push_back(id);
  }

  DraftUses uses_;
};

}  // namespace

void finish_integer_kernels(Draft& draft) { Finish(draft).run(); }

}  // namespace mensa::onnx_import
