// HTTP messages to bytes. Appends to the caller's buffer so that one allocation serves many messages. The framing is
// ours: Content-Length is that of the body, whatever `headers` say, and Transfer-Encoding is not written. A field that
// is not a header name and value is left out (callers check and complain earlier; this is the last line against
// injection).
#pragma once
#include <string>
#include <string_view>

#include "http/message.h"

namespace fleethook::http {

// Head of a response with Content-Length of response.content() (none for 1xx, 204 and 304) and Connection: close when
// asked. `date` is the value of the Date header, "" for none.
void append_response_head(const Response& response, std::string_view date, std::string& out);
// Head of a response whose body is streamed without a length (SSE): ends with Connection: close semantics for HTTP/1.0
// peers, and chunked is not used: the body runs until the connection closes.
void append_stream_head(const Response& response, std::string_view date, std::string& out);
// Head and body of a request. Adds Host if `headers` lacks it, and Content-Length unless a GET or the like has no body.
// `method` and `target` are written as they are: a token, and a target from parse_url().
void append_request(std::string_view method,
                    std::string_view target,
                    std::string_view host,
                    const Headers& headers,
                    std::string_view body,
                    std::string& out);
// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(long long unix_seconds);
// True if `text` may stand in a header name / value (RFC 9110 token; no control characters): against header injection.
bool is_header_name(std::string_view text);
bool is_header_value(std::string_view text);

}  // namespace fleethook::http
