#include "tests/onnx_import/execution/model_run.h"

#include <numeric>
#include <utility>

#include "models/base/error.h"
#include "onnx_import/typed_graph.h"

namespace mensa::onnx_import {

ModelRun::ModelRun(const ModelBuilder& model, std::int64_t most_bytes)
    : executor_(read_executable_graph(folder_.write("model.onnx", model.bytes()), {}), most_bytes) {
}

TensorValue floats_of(Shape shape, std::vector<float> values) {
  return {std::move(shape), std::move(values)};
}

TensorValue counting(Shape shape) {
  std::size_t count = 1;
  for (const std::int64_t extent : shape) count *= static_cast<std::size_t>(extent);
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 1.0F);
  return floats_of(std::move(shape), std::move(values));
}

std::vector<float> executed(const ModelBuilder& model, const TensorValue& x) {
  return std::get<std::vector<float>>(ModelRun(model).executor().run({{"x", x}}).at("y").elements);
}

std::string execution_error(const ModelBuilder& model, const Executor::Tensors& inputs,
                            std::int64_t most_bytes) {
  try {
    (void)ModelRun(model, most_bytes).executor().run(inputs);
  } catch (const base::Error& error) {
    const std::string text = error.what();
    const std::string file = "model.onnx: ";
    const auto at = text.find(file);
    return at == std::string::npos ? text : text.substr(at + file.size());
  }
  return "no error";
}

}  // namespace mensa::onnx_import
