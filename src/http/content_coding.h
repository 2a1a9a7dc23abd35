// Takes off the compression in which a body came: gzip, and deflate in both its forms. zlib is hidden in the .cc.
#pragma once
#include <cstddef>
#include <string>

#include "http/message.h"

namespace fleethook::http {

struct Decoded {
  bool cut = false;     // there was more than bytes_max
  std::string problem;  // for people; "" = none
};

// Decodes the body of `response` by its Content-Encoding, and by a Transfer-Encoding other than chunked; its headers
// stay as they came. At most `bytes_max` come out, whatever is said to be inside. Data that turns out broken leaves
// what was decoded until there, or, if that is nothing, the body as it came; so does a coding that is not known.
Decoded decode_content(Response& response, std::size_t bytes_max);

}  // namespace fleethook::http
