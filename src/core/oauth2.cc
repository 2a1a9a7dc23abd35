#include "core/oauth2.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "base/text.h"
#include "core/header_plan.h"
#include "http/serialize.h"
#include "json/value.h"

namespace fleethook::core {
namespace {

constexpr std::size_t kSaidBytesMax = 300;  // of what an endpoint says of its refusal

Error no_token(std::string why) {
  return {Fault::kInvalid, std::move(why)};
}

const std::string* text_in(const json::Value& object, std::string_view name) {
  const json::Value* member = object.find(name);
  return member != nullptr && member->is_string() && !member->as_string().empty() ? &member->as_string() : nullptr;
}

// "invalid_client: unknown client" of an error answer (RFC 6749, 5.2); "" if it is none.
std::string said_in(const json::Value& answer) {
  const std::string* error = text_in(answer, "error");
  if (error == nullptr) return {};
  std::string said = *error;
  if (const std::string* more = text_in(answer, "error_description")) said.append(": ").append(*more);
  said.resize(utf8_cut(said, kSaidBytesMax));
  return replace_hidden_characters(said, ' ');
}

// Some endpoints write it as text. Negative and absurd ones say nothing.
std::chrono::seconds lifetime_of(const json::Value& answer, const Limits& limits) {
  const auto in_seconds = [](Duration span) { return std::chrono::duration_cast<std::chrono::seconds>(span); };
  const json::Value* member = answer.find("expires_in");
  double seconds = -1;
  if (member != nullptr && member->is_number()) seconds = member->as_double();
  if (member != nullptr && member->is_string()) seconds = std::strtod(member->as_string().c_str(), nullptr);
  if (!std::isfinite(seconds) || seconds < 1) return in_seconds(limits.oauth2_lifetime);
  const double longest = static_cast<double>(in_seconds(limits.oauth2_lifetime_max).count());
  return std::chrono::seconds(static_cast<std::int64_t>(std::min(seconds, longest)));
}

// Each behind its length, so that no two lists of parts look alike.
void append_part(std::string_view part, std::string& out) {
  out.append(std::to_string(part.size())).append(":").append(part);
}

std::string form_encoded(std::string_view text) {
  std::string out;
  http::append_percent_encoded(text, out);
  return out;
}

}  // namespace

Result<TokenGrant> TokenGrant::make(IntegrationConfig::OAuth2 settings, std::string owner, bool verify_certificate) {
  FLEETHOOK_TRY(http::Url url, http::parse_url(settings.token_url));
  return TokenGrant{std::move(owner), std::move(settings), std::move(url), verify_certificate};
}

TokenKey TokenGrant::key(std::string_view secret) const {
  std::string parts;
  for (const std::string_view part :
       {std::string_view(owner), std::string_view(settings.token_url), std::string_view(settings.client_id), secret,
        std::string_view(settings.scope), std::string_view(settings.audience)}) {
    append_part(part, parts);
  }
  parts += settings.credentials_in_body ? 'b' : 'h';
  parts += verify_certificate ? 'v' : 't';
  return crypto::digest(parts);
}

OutgoingRequest TokenGrant::request(std::string_view secret) const {
  http::Pairs form{{"grant_type", "client_credentials"}};
  if (!settings.scope.empty()) form.emplace_back("scope", settings.scope);
  if (!settings.audience.empty()) form.emplace_back("audience", settings.audience);
  OutgoingRequest request;
  request.url = url;
  request.method = "POST";
  request.headers.add("User-Agent", "Fleethook/" FLEETHOOK_VERSION);
  request.headers.add("Accept", "application/json");
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  if (settings.credentials_in_body) {
    form.emplace_back("client_id", settings.client_id);
    form.emplace_back("client_secret", secret);
  } else {
    // Encoded before they are joined: RFC 6749, 2.3.1.
    request.headers.add("Authorization", basic_authorization(form_encoded(settings.client_id), form_encoded(secret)));
  }
  request.body = http::write_form(form);
  return request;
}

Result<IssuedToken> read_token(int status, std::string_view body, const Limits& limits) {
  const auto parsed = json::parse(body);
  const json::Value none;
  const json::Value& answer = parsed.ok() ? *parsed : none;
  if (status / 100 != 2) {
    const std::string said = said_in(answer);
    std::string why = "it answered " + std::to_string(status);
    if (status / 100 == 3) why += ", and redirects are not followed there";
    return no_token(said.empty() ? why : why + ", " + said);
  }
  if (!parsed.ok() || !answer.is_object()) return no_token("its answer is not JSON with an access_token");
  // Some endpoints answer 200 with an error in it.
  const std::string* token = text_in(answer, "access_token");
  if (token == nullptr) {
    const std::string said = said_in(answer);
    return no_token(said.empty() ? "its answer has no access_token" : "it answered " + said);
  }
  if (const std::string* type = text_in(answer, "token_type"); type != nullptr && !ascii_iequals(*type, "bearer"))
    return no_token("its token is of another type than Bearer");
  if (token->size() > limits.oauth2_token_bytes_max)
    return no_token("its token is over " + std::to_string(limits.oauth2_token_bytes_max) + " bytes");
  if (!http::is_header_value(*token)) return no_token("its token has control characters");
  return IssuedToken{*token, lifetime_of(answer, limits)};
}

void put_token(std::string_view token, OutgoingRequest& request) {
  request.headers.set("Authorization", std::string("Bearer ").append(token));
}

}  // namespace fleethook::core
