// The whole import, from the bytes of a file to the graph, on inputs that libFuzzer makes up: it
// may end with base::Error, and with nothing else.

#include <fmt/format.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "models/base/error.h"
#include "onnx_import/import.h"

namespace {

namespace fs = std::filesystem;

/// A folder in memory for the model and the file of external data that it may name.
class Folder {
 public:
  Folder() {
    const fs::path memory = "/dev/shm";
    path_ = (fs::is_directory(memory) ? memory : fs::temp_directory_path()) /
            fmt::format("mensa_fuzz_{}", getpid());
    fs::create_directories(path_);
    write("weights.bin", std::string(4096, '\x3f'));
  }
  ~Folder() {
    std::error_code failed;
    fs::remove_all(path_, failed);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  fs::path write(const char* name, std::string_view bytes) const {
    const fs::path file = path_ / name;
    std::ofstream(file, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return file;
  }

 private:
  fs::path path_;
};

/// Options that change what is done with a file, by its size: a mutation changes them as well.
mensa::onnx_import::ImportOptions options_for(std::size_t size) {
  mensa::onnx_import::ImportOptions options;
  options.unsupported_on_host = size % 2 == 0;
  options.weights_optional = size / 2 % 2 == 0;
  options.fuse = size / 4 % 8 != 0;
  return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder kFolder;
  const fs::path file = kFolder.write("model.onnx", {reinterpret_cast<const char*>(data), size});
  try {
    (void)mensa::onnx_import::import_file(file, options_for(size));
  } catch (const mensa::base::Error&) {
    // A model that cannot be taken.
  }
  return 0;
}
