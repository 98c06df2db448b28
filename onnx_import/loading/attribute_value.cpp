#include "onnx_import/loading/attribute_value.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include "models/base/error.h"

namespace mensa::onnx_import {

Attributes::Value attribute_value(const onnx::AttributeProto& proto, TensorReader& tensors) {
  switch (proto.type()) {
    case onnx::AttributeProto::INT:
      return proto.i();
    case onnx::AttributeProto::FLOAT:
      return static_cast<double>(proto.f());
    case onnx::AttributeProto::STRING:
      return proto.s();
    case onnx::AttributeProto::INTS:
      return Attributes::Integers(proto.ints().begin(), proto.ints().end());
    case onnx::AttributeProto::FLOATS:
      return Attributes::Floats(proto.floats().begin(), proto.floats().end());
    case onnx::AttributeProto::STRINGS:
      return Attributes::Strings(proto.strings().begin(), proto.strings().end());
    case onnx::AttributeProto::TENSOR:
      return tensors.read(proto.t());
    case onnx::AttributeProto::SPARSE_TENSOR:
      return tensors.read_sparse(proto.sparse_tensor());
    default:
      throw base::Error(fmt::format("is of a kind that mensa does not read ({})",
                                    static_cast<int>(proto.type())));
  }
}

}  // namespace mensa::onnx_import
