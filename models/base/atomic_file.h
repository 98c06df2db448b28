#pragma once

#include <filesystem>
#include <string_view>

namespace mensa::base {

/// A file that nobody ever sees half of: what is written goes to a new file in the same folder, and
/// commit() synchronises that to the device and gives it its name in one step, replacing what has
/// it. Without a commit the old file is untouched and nothing new is left behind. An Error names
/// the path and the system's reason.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view content);
  /// To be called once, at the end.
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path path_;  ///< of the new file; empty once it has its final name
  int descriptor_ = -1;
};

/// All of an AtomicFile at once.
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

/// Makes a folder and those above it where they are missing. Error naming it where that fails, or
/// where no files may be written there: whoever works for long before writing learns it at once.
void make_writable_folder(const std::filesystem::path& folder);

}  // namespace mensa::base
