#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "onnx_import/lowering/axis_pads.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/lowering/shared_lowerings.h"
#include "onnx_import/lowering/slice_ranges.h"

// Operators that take a part of their input as it stands, or put something around it.

namespace mensa::onnx_import {
namespace {

void infer_slice(TypeContext& node) {
  const Shape& data = node.shape(0);
  const auto ranges = slice_ranges(node);
  Shape shape(data.size());
  std::transform(ranges.begin(), ranges.end(), shape.begin(),
                 [](const AxisRange& range) { return range.count; });
  const bool reverses = std::any_of(ranges.begin(), ranges.end(),
                                    [](const auto& r) { return r.step < 0 && r.count > 1; });
  if (shape == data && !reverses) return node.set_view(0, 0, data);
  node.set_output(0, node.input(0).type, std::move(shape));
}

void infer_pad(TypeContext& node) {
  (void)pad_mode(node);
  Shape shape = node.shape(0);
  const auto pads = axis_pads(node);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    shape[i] += pads[i].before + pads[i].after;
    if (shape[i] < 0) TypeContext::fail("its pads take away more than there is");
  }
  const bool nothing = std::all_of(pads.begin(), pads.end(), [](const AxisPads& axis) {
    return axis.before == 0 && axis.after == 0;
  });
  if (nothing) return node.set_view(0, 0, std::move(shape));
  node.set_output(0, node.input(0).type, std::move(shape));
}

/// Each axis that it names is cropped or padded at both ends to the extent asked for.
void infer_center_crop_pad(TypeContext& node) {
  Shape shape = node.shape(0);
  const auto& extents = node.integers(1, "shape");
  std::vector<std::int64_t> axes(shape.size());
  std::iota(axes.begin(), axes.end(), 0);
  axes = node.attributes().integers_or("axes", axes);
  if (extents.size() != axes.size()) {
    TypeContext::fail(fmt::format("its shape [{}] does not have one extent for each of {} axes",
                                  fmt::join(extents, ", "), axes.size()));
  }
  for (std::size_t i = 0; i < axes.size(); ++i) {
    shape[node.checked_axis(axes[i], shape.size())] = extents[i];
  }
  if (shape == node.shape(0)) return node.set_view(0, 0, std::move(shape));
  node.set_output(0, node.input(0).type, std::move(shape));
}

void infer_trilu(TypeContext& node) {
  const Shape& data = node.shape(0);
  if (data.size() < 2) {
    TypeContext::fail(
        fmt::format("its input has shape {}; matrices are needed", fmt::join(data, "x")));
  }
  if (node.has_input(1) && node.input(1).integers && node.input(1).integers->size() != 1) {
    TypeContext::fail("its k is no single integer");
  }
  node.set_output(0, node.input(0).type, data);
}

}  // namespace

Lowering slicing_lowering() {
  return {"",
          {{"Slice", infer_slice, lower_move},
           {"Pad", infer_pad, lower_move},
           {"CenterCropPad", infer_center_crop_pad, lower_move},
           {"Trilu", infer_trilu, lower_move}}};
}

}  // namespace mensa::onnx_import
