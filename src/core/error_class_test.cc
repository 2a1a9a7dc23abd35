#include "core/error_class.h"

#include <gtest/gtest.h>

namespace fleethook::core {
namespace {

TEST(ErrorClass, EveryNameIsReadBack) {
  for (std::size_t at = 0; at < kErrorClasses; ++at) {
    const auto error = static_cast<ErrorClass>(at);
    EXPECT_EQ(parse_error_class(to_text(error)), error) << to_text(error);
  }
  EXPECT_EQ(parse_error_class("DNS"), std::nullopt);
  EXPECT_EQ(parse_error_class(""), std::nullopt);
  EXPECT_EQ(error_class_list().substr(0, 12), "dns, connect");
}

TEST(ErrorClass, AStatusTellsWhatWasWrong) {
  const struct {
    int status;
    ErrorClass error;
  } rows[] = {{200, ErrorClass::kNone},   {299, ErrorClass::kNone},     {301, ErrorClass::kRedirect},
              {404, ErrorClass::kClient}, {499, ErrorClass::kClient},   {500, ErrorClass::kServer},
              {599, ErrorClass::kServer}, {101, ErrorClass::kProtocol}, {600, ErrorClass::kProtocol}};
  for (const auto& row : rows) EXPECT_EQ(error_class_of_status(row.status), row.error) << row.status;
}

}  // namespace
}  // namespace fleethook::core
