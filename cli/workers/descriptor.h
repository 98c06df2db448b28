#pragma once

#include <unistd.h>

#include <utility>

namespace mensa::workers {

/// An open file of the system's, closed at the end of the scope.
class Descriptor {
 public:
  Descriptor() = default;
  /// Takes it over.
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      close();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }

  /// -1: none.
  [[nodiscard]] int number() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_ = -1;
};

}  // namespace mensa::workers
