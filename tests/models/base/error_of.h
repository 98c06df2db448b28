#pragma once

#include <string>

#include "models/base/error.h"

namespace mensa {

/// The message of the base::Error that `call` throws; "no error" where it throws none.
template <class Call>
std::string error_of(Call call) {
  try {
    static_cast<void>(call());
  } catch (const base::Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace mensa
