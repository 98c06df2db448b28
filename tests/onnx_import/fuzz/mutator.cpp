// Changes models as models, since most changed bytes are no model any more: values of fields,
// names, operators, whole parts. One in four changes is to bytes all the same.

#include <google/protobuf/message.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "onnx_import/lowering/builtins.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Random = std::minstd_rand;

std::size_t draw(Random& random, std::size_t below) {
  return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
}

const std::vector<std::string>& operators() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const auto& entry : mensa::onnx_import::lowerings()) {
      for (const auto& op : entry.make().operators) names.emplace_back(op.name);
    }
    return names;
  }();
  return kNames;
}

/// A field of some message in the model, with its place in a repeated one.
struct Place {
  Message* message;
  const FieldDescriptor* field;
  int index;  ///< -1 where the field is not repeated
};

class Mutation {
 public:
  Mutation(onnx::ModelProto& model, Random& random) : random_(random) { collect(model); }

  void apply() {
    if (places_.empty()) return;
    const Place place = places_[draw(random_, places_.size())];
    const bool repeated = place.index >= 0;
    switch (draw(random_, 8)) {
      case 0:
        return remove(place);
      case 1:
        if (repeated) return swap(place);
        break;
      case 2:
        if (place.field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return replace(place);
        if (repeated) return append(place);
        break;
      default:
        break;
    }
    if (place.field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return append(place);
    set(place);
  }

 private:
  void collect(Message& message) {
    const Reflection& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
      for (int i = 0; i < count; ++i) {
        places_.push_back({&message, field, field->is_repeated() ? i : -1});
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
          collect(field->is_repeated() ? *reflection.MutableRepeatedMessage(&message, field, i)
                                       : *reflection.MutableMessage(&message, field));
        } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
          words_.push_back(field->is_repeated() ? reflection.GetRepeatedString(message, field, i)
                                                : reflection.GetString(message, field));
        }
      }
    }
  }

  static void remove(const Place& place) {
    const Reflection& reflection = *place.message->GetReflection();
    if (place.index < 0) return reflection.ClearField(place.message, place.field);
    const int last = reflection.FieldSize(*place.message, place.field) - 1;
    for (int i = place.index; i < last; ++i) {
      reflection.SwapElements(place.message, place.field, i, i + 1);
    }
    reflection.RemoveLast(place.message, place.field);
  }

  void swap(const Place& place) {
    const Reflection& reflection = *place.message->GetReflection();
    const int size = reflection.FieldSize(*place.message, place.field);
    reflection.SwapElements(place.message, place.field, place.index,
                            static_cast<int>(draw(random_, static_cast<std::size_t>(size))));
  }

  Message* mutable_message(const Place& place) {
    const Reflection& reflection = *place.message->GetReflection();
    return place.index < 0
               ? reflection.MutableMessage(place.message, place.field)
               : reflection.MutableRepeatedMessage(place.message, place.field, place.index);
  }

  /// Puts a copy of another message of the same kind in its place.
  void replace(const Place& place) {
    std::vector<Place> alike;
    for (const Place& other : places_) {
      if (other.field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
          other.field->message_type() == place.field->message_type()) {
        alike.push_back(other);
      }
    }
    Message* target = mutable_message(place);
    const Message* source = mutable_message(alike[draw(random_, alike.size())]);
    if (source == target) return;
    const std::string bytes = source->SerializePartialAsString();  // one may hold the other
    (void)target->ParsePartialFromString(bytes);
  }

  /// Adds a copy of an entry behind the last, or one entry more.
  void append(const Place& place) {
    if (place.index < 0) return;
    const Reflection& reflection = *place.message->GetReflection();
    if (place.field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const std::string bytes = mutable_message(place)->SerializePartialAsString();
      (void)reflection.AddMessage(place.message, place.field)->ParsePartialFromString(bytes);
      return;
    }
    switch (place.field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT64:
        return reflection.AddInt64(place.message, place.field, integer(0));
      case FieldDescriptor::CPPTYPE_INT32:
        return reflection.AddInt32(place.message, place.field,
                                   static_cast<std::int32_t>(integer(0)));
      case FieldDescriptor::CPPTYPE_FLOAT:
        return reflection.AddFloat(place.message, place.field, number());
      case FieldDescriptor::CPPTYPE_STRING:
        return reflection.AddString(place.message, place.field, word());
      default:
        return;
    }
  }

  std::int64_t integer(std::int64_t old) {
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    constexpr std::array<std::int64_t, 22> kValues = {0,
                                                      1,
                                                      -1,
                                                      2,
                                                      3,
                                                      4,
                                                      7,
                                                      8,
                                                      16,
                                                      255,
                                                      1024,
                                                      65536,
                                                      std::int64_t{1} << 31,
                                                      (std::int64_t{1} << 31) - 1,
                                                      std::int64_t{1} << 32,
                                                      std::int64_t{1} << 40,
                                                      std::int64_t{1} << 53,
                                                      std::int64_t{1} << 62,
                                                      kMost,
                                                      -kMost,
                                                      -kMost - 1,
                                                      -2};
    switch (draw(random_, 4)) {
      case 0:
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(old) + 1);
      case 1:
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(old) - 1);
      default:
        return kValues[draw(random_, kValues.size())];
    }
  }

  float number() {
    constexpr std::array<float, 8> kValues = {0,
                                              1,
                                              -1,
                                              0.5F,
                                              1e30F,
                                              -1e-30F,
                                              std::numeric_limits<float>::infinity(),
                                              std::numeric_limits<float>::quiet_NaN()};
    return kValues[draw(random_, kValues.size())];
  }

  std::string word() {
    if (draw(random_, 16) == 0) return "";
    const std::size_t drawn = draw(random_, operators().size() + words_.size());
    return drawn < words_.size() ? words_[drawn] : operators()[drawn - words_.size()];
  }

  void set(const Place& place) {
    const Reflection& reflection = *place.message->GetReflection();
    const bool repeated = place.index >= 0;
    switch (place.field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT64:
        if (repeated) {
          const auto old = reflection.GetRepeatedInt64(*place.message, place.field, place.index);
          return reflection.SetRepeatedInt64(place.message, place.field, place.index, integer(old));
        }
        return reflection.SetInt64(place.message, place.field,
                                   integer(reflection.GetInt64(*place.message, place.field)));
      case FieldDescriptor::CPPTYPE_INT32:
        if (repeated) {
          return reflection.SetRepeatedInt32(place.message, place.field, place.index,
                                             static_cast<std::int32_t>(integer(0)));
        }
        // Most are element types.
        return reflection.SetInt32(place.message, place.field,
                                   static_cast<std::int32_t>(draw(random_, 26)));
      case FieldDescriptor::CPPTYPE_FLOAT:
        if (repeated) {
          return reflection.SetRepeatedFloat(place.message, place.field, place.index, number());
        }
        return reflection.SetFloat(place.message, place.field, number());
      case FieldDescriptor::CPPTYPE_ENUM:
        if (!repeated) {
          reflection.SetEnumValue(place.message, place.field, static_cast<int>(draw(random_, 14)));
        }
        return;
      case FieldDescriptor::CPPTYPE_STRING:
        if (repeated) {
          return reflection.SetRepeatedString(place.message, place.field, place.index, word());
        }
        return reflection.SetString(place.message, place.field, word());
      default:
        return;
    }
  }

  std::vector<Place> places_;
  std::vector<std::string> words_;  ///< all strings of the model
  Random& random_;
};

/// Fits into the buffer, or is given up.
std::size_t write(const onnx::ModelProto& model, std::uint8_t* data, std::size_t max_size) {
  const std::size_t size = model.ByteSizeLong();
  if (size > max_size || !model.SerializePartialToArray(data, static_cast<int>(size))) return 0;
  return size;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  Random random(seed);
  const google::protobuf::LogSilencer silencer;
  onnx::ModelProto model;
  if (draw(random, 4) == 0 || !model.ParsePartialFromArray(data, static_cast<int>(size))) {
    return LLVMFuzzerMutate(data, size, max_size);
  }
  const std::size_t changes = 1 + draw(random, 4);
  for (std::size_t i = 0; i < changes; ++i) Mutation(model, random).apply();
  const std::size_t written = write(model, data, max_size);
  return written > 0 ? written : LLVMFuzzerMutate(data, size, max_size);
}

/// The first model with nodes and constants of the second. They meet where they share names, which
/// models of one maker do.
extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* first, std::size_t first_size,
                                                 const std::uint8_t* second,
                                                 std::size_t second_size, std::uint8_t* out,
                                                 std::size_t max_size, unsigned int seed) {
  Random random(seed);
  const google::protobuf::LogSilencer silencer;
  onnx::ModelProto model;
  onnx::ModelProto other;
  if (!model.ParsePartialFromArray(first, static_cast<int>(first_size)) ||
      !other.ParsePartialFromArray(second, static_cast<int>(second_size))) {
    return 0;
  }
  for (const auto& node : other.graph().node()) {
    if (draw(random, 2) == 0) continue;
    onnx::NodeProto& copy = *model.mutable_graph()->add_node();
    copy = node;
    // Results get names of their own, and some inputs those of the first model.
    for (std::string& output : *copy.mutable_output()) output += "_";
    const auto& inputs = model.graph().input();
    for (std::string& input : *copy.mutable_input()) {
      if (inputs.empty() || draw(random, 2) == 0) continue;
      input =
          inputs[static_cast<int>(draw(random, static_cast<std::size_t>(inputs.size())))].name();
    }
    if (copy.output_size() > 0)
      *model.mutable_graph()->add_output()->mutable_name() = copy.output(0);
  }
  for (const auto& tensor : other.graph().initializer()) {
    if (draw(random, 2) == 0) *model.mutable_graph()->add_initializer() = tensor;
  }
  return write(model, out, max_size);
}
