// multipart/form-data bodies (RFC 7578), as clients send files of device ids.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fleethook::api {

struct Part {
  std::string name;       // of the field
  std::string_view body;  // into the request's body
};

// `content_type` carries the boundary. kInvalid: no boundary, the body does not follow it, or it has more parts than
// `parts_max`.
Result<std::vector<Part>> read_multipart(std::string_view content_type, std::string_view body, std::size_t parts_max);

}  // namespace fleethook::api
