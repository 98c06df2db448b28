// The SystemC of this machine links from C++20 and keeps time: the first thing to look at where
// everything else in sim/ fails.

#include <gtest/gtest.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <systemc>
#include <tlm>

namespace {

using sc_core::SC_NS;
using sc_core::sc_time;

struct Target : sc_core::sc_module {
  tlm_utils::simple_target_socket<Target> socket{"socket"};

  explicit Target(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.register_b_transport(this, &Target::b_transport);
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_time& delay) {
    delay += sc_time(payload.get_data_length(), SC_NS);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
};

struct Initiator : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<Initiator> socket{"socket"};
  sc_time finished;

  explicit Initiator(const sc_core::sc_module_name& name) : sc_module(name) {
    SC_HAS_PROCESS(Initiator);
    SC_THREAD(run);
  }
  void run() {
    tlm::tlm_generic_payload payload;
    payload.set_data_length(64);
    sc_time delay = sc_core::SC_ZERO_TIME;
    socket->b_transport(payload, delay);
    wait(delay);
    finished = sc_core::sc_time_stamp();
  }
};

TEST(SystemcKernel, TransportsAndKeepsTime) {
  Initiator initiator("initiator");
  Target target("target");
  initiator.socket.bind(target.socket);
  sc_core::sc_start();
  EXPECT_EQ(initiator.finished, sc_time(64, SC_NS));
}

}  // namespace
