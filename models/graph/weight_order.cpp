#include "models/graph/weight_order.h"

#include <algorithm>
#include <array>

namespace mensa::models {
namespace {

constexpr std::array kWeightDims = {Dim::G, Dim::K, Dim::C, Dim::T, Dim::R, Dim::S};
constexpr std::array kKernelDims = {Dim::T, Dim::R, Dim::S};

/// None where it overflows or an extent is below 1.
std::optional<std::int64_t> checked_product(const std::vector<std::int64_t>& extents) {
  std::int64_t product = 1;
  for (const std::int64_t extent : extents) {
    if (extent < 1 || __builtin_mul_overflow(product, extent, &product)) return std::nullopt;
  }
  return product;
}

struct Axis {
  std::int64_t extent = 1;
  std::int64_t stride = 1;
};

/// What is left of a shape without some of its axes, and without those of extent 1.
using Axes = std::vector<Axis>;

std::vector<Axis> axes_of(const std::vector<std::int64_t>& shape) {
  std::vector<Axis> all(shape.size());
  std::int64_t stride = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    all[i] = {shape[i], stride};
    stride *= shape[i];
  }
  return all;
}

/// The stride of all of them as one axis.
std::optional<std::int64_t> joint_stride(const Axes& axes) {
  for (std::size_t i = 0; i + 1 < axes.size(); ++i) {
    if (axes[i].stride != axes[i + 1].extent * axes[i + 1].stride) return std::nullopt;
  }
  return axes.empty() ? 0 : axes.back().stride;
}

/// Strides of T, R and S from axes that have their extents, in their order.
bool set_kernel(const Axes& rest, WeightOrder& order) {
  auto axis = rest.begin();
  for (const Dim dim : kKernelDims) {
    if (order.extents[index(dim)] == 1) continue;
    if (axis == rest.end() || axis->extent != order.extents[index(dim)]) return false;
    order.strides[index(dim)] = (axis++)->stride;
  }
  return axis == rest.end();
}

/// The axes of a matrix of which K and C tell which is which.
std::optional<ChannelAxes> matrix_axes(const std::vector<std::int64_t>& shape,
                                       const WeightOrder& order) {
  std::vector<std::size_t> wide;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] > 1) wide.push_back(i);
  }
  const std::int64_t outputs = order.extents[index(Dim::K)];
  const std::int64_t inner = order.extents[index(Dim::C)];
  if (wide.size() != 2 || outputs == inner) return std::nullopt;
  if (shape[wide[0]] == outputs && shape[wide[1]] == inner) return ChannelAxes{wide[0], wide[1]};
  if (shape[wide[0]] == inner && shape[wide[1]] == outputs) return ChannelAxes{wide[1], wide[0]};
  return std::nullopt;
}

/// Strides from a tensor with these axes; false where the extents do not fit.
bool set_strides(const std::vector<std::int64_t>& shape, ChannelAxes channels, WeightOrder& order) {
  if (std::max(channels.output, channels.reduction) >= shape.size() ||
      channels.output == channels.reduction) {
    return false;
  }
  const std::vector<Axis> all = axes_of(shape);
  Axes rest;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i != channels.output && i != channels.reduction && all[i].extent > 1) {
      rest.push_back(all[i]);
    }
  }
  const Axis output = all[channels.output];
  const Axis reduction = all[channels.reduction];
  const std::int64_t groups = order.extents[index(Dim::G)];
  const std::int64_t outputs = order.extents[index(Dim::K)];
  const std::int64_t inner = order.extents[index(Dim::C)];
  order.strides[index(Dim::K)] = output.stride;
  order.strides[index(Dim::C)] = reduction.stride;
  if (reduction.extent == inner && output.extent == groups * outputs) {
    order.strides[index(Dim::G)] = outputs * output.stride;
    return set_kernel(rest, order);
  }
  if (output.extent != outputs) return false;
  if (reduction.extent == groups * inner) {
    order.strides[index(Dim::G)] = inner * reduction.stride;
    return set_kernel(rest, order);
  }
  const auto stride = joint_stride(rest);
  if (reduction.extent != inner || !stride || product(order.extents, {Dim::T, Dim::R, Dim::S}) > 1)
    return false;
  order.strides[index(Dim::G)] = *stride;
  return true;
}

}  // namespace

std::optional<WeightOrder> weight_order(const std::vector<std::int64_t>& shape,
                                        const ProblemShape& nest, std::optional<ChannelAxes> axes) {
  std::vector<std::int64_t> extents;
  extents.reserve(kWeightDims.size());
  WeightOrder order;
  std::optional<Dim> only;
  int wide = 0;
  for (const Dim dim : kWeightDims) {
    order.extents[index(dim)] = nest.bound(dim);
    extents.push_back(nest.bound(dim));
    if (nest.bound(dim) == 1) continue;
    only = dim;
    ++wide;
  }
  const auto weights = checked_product(extents);
  if (!weights || checked_product(shape) != weights) return std::nullopt;
  if (wide <= 1) {
    if (only) order.strides[index(*only)] = 1;
    return order;
  }
  const bool matrix =
      wide == 2 && order.extents[index(Dim::K)] > 1 && order.extents[index(Dim::C)] > 1;
  if (!axes && matrix) axes = matrix_axes(shape, order);
  if (!axes || !set_strides(shape, *axes, order)) return std::nullopt;
  for (const Dim dim : kWeightDims) {
    if (order.extents[index(dim)] == 1) order.strides[index(dim)] = 0;
  }
  return order;
}

}  // namespace mensa::models
