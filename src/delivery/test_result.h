// What a test request came to (POST .../test).
#pragma once
#include <string>
#include <vector>

namespace fleethook::delivery {

// A value.
struct TestResult {
  bool pass = false;
  std::string data;                  // the receiver's answer
  std::string error;                 // when !pass
  std::vector<std::string> notes{};  // see store::Exchange
};

}  // namespace fleethook::delivery
