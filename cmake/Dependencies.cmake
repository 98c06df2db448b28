# Third parties, each behind one imported target. Headers of imported targets are SYSTEM.
# On Debian, scripts/packages.txt names the packages.

find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED)       # Boost::headers; Boost.Graph is used header-only
find_package(yaml-cpp 0.7 REQUIRED)
find_package(Protobuf REQUIRED)         # before ONNX, whose targets link it
find_package(ONNX CONFIG REQUIRED)      # defines ONNX_NAMESPACE and ONNX_ML for its users
find_package(CLI11 2.1 REQUIRED)        # CLI11::CLI11
find_package(fmt 9 REQUIRED)            # fmt::fmt
find_package(nlohmann_json 3.11 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)      # OpenSSL::Crypto, for SHA-256
find_package(SQLite3 3.40 REQUIRED)     # SQLite::SQLite3
find_package(TBB 2021 REQUIRED)         # TBB::tbb
find_package(pagmo 2.18 REQUIRED)       # Pagmo::pagmo
find_package(PkgConfig REQUIRED)
pkg_check_modules(SYSTEMC REQUIRED IMPORTED_TARGET systemc>=2.3.4)  # Debian ships no CMake package
pkg_check_modules(CBC REQUIRED IMPORTED_TARGET cbc>=2.10)           # nor one of Cbc

# Debian's SystemC is compiled as C++17 and checks that at link time; the define lets C++20 link.
# libsystemc.so needs a function sc_main of the program: sim/sc_main.cpp, behind it on the link line.
add_library(SystemC::systemc INTERFACE IMPORTED)
target_link_libraries(SystemC::systemc INTERFACE PkgConfig::SYSTEMC mensa_sc_main Threads::Threads)
target_compile_definitions(SystemC::systemc INTERFACE
  SC_CPLUSPLUS=201703L SC_INCLUDE_DYNAMIC_PROCESSES)

add_library(ONNX::onnx INTERFACE IMPORTED)
target_link_libraries(ONNX::onnx INTERFACE onnx onnx_proto protobuf::libprotobuf)

add_library(Cbc::cbc ALIAS PkgConfig::CBC)

add_library(YamlCpp::yaml-cpp INTERFACE IMPORTED)
target_link_libraries(YamlCpp::yaml-cpp INTERFACE yaml-cpp)

# Many machines for mensa explore, where there is MPI.
option(MENSA_MPI "Build mensa explore with MPI where Boost.MPI is found" ON)
if(MENSA_MPI)
  find_package(MPI COMPONENTS CXX)
  find_package(Boost 1.74 COMPONENTS mpi serialization)
  if(MPI_CXX_FOUND AND TARGET Boost::mpi)
    add_library(mensa_boost_mpi INTERFACE)
    target_link_libraries(mensa_boost_mpi INTERFACE Boost::mpi Boost::serialization MPI::MPI_CXX)
    add_library(BoostMpi::boost_mpi ALIAS mensa_boost_mpi)
  else()
    message(STATUS "Boost.MPI is not found: mensa explore is built for one machine")
  endif()
endif()

if(BUILD_TESTING)
  find_package(GTest 1.12 CONFIG REQUIRED)
  find_package(rapidcheck CONFIG REQUIRED)
  add_library(RapidCheck::gtest INTERFACE IMPORTED)
  target_link_libraries(RapidCheck::gtest INTERFACE rapidcheck_gtest)
  # Not whichever python3 is first in PATH: the system's has the onnx and jsonschema packages.
  find_program(MENSA_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
endif()

if(MENSA_BENCHMARKS)
  find_package(benchmark 1.7 REQUIRED)  # benchmark::benchmark_main
endif()
