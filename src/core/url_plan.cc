#include "core/url_plan.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/event_variables.h"
#include "core/mask.h"
#include "core/url_shape.h"

namespace fleethook::core {
namespace {

constexpr std::string_view kUserPlain = "-._~!$&'()*+,;=:";
constexpr std::string_view kPathPlain = "-._~!$&'()*+,;=:/@[]";
constexpr std::string_view kQueryPlain = "-._~!$&'()*+,;=:/@[]?";
constexpr std::string_view kEndsAuthority = "/?#";

Error bad(std::string_view what) {
  return Error{Fault::kInvalid, "the rendered URL cannot be used: " + std::string(what)};
}

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_escape(std::string_view text) {
  return text.size() >= 3 && text[0] == '%' && is_hex(text[1]) && is_hex(text[2]);
}

// Letters, digits, `plain` and whole escapes stay.
void append_encoded(std::string_view text, std::string_view plain, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool stays = is_alnum(text[i]) || plain.find(text[i]) != std::string_view::npos || is_escape(text.substr(i));
    if (stays) {
      out.push_back(text[i]);
    } else {
      http::append_percent_encoded(text.substr(i, 1), out);
    }
  }
}

enum class Place : std::uint8_t { kScheme, kAuthority, kPath, kQuery, kFragment };

std::size_t authority_at(std::string_view url) {
  const std::size_t scheme = url.find("://");
  return scheme == std::string_view::npos ? url.size() : scheme + 3;
}

// What stands behind the text `url` would be a part of.
Place place_behind(std::string_view url) {
  if (url.find("://") == std::string_view::npos) return Place::kScheme;
  if (url.find('#') != std::string_view::npos) return Place::kFragment;
  const std::size_t end = url.find_first_of("/?", authority_at(url));
  if (end == std::string_view::npos) return Place::kAuthority;
  return url.find('?', end) == std::string_view::npos ? Place::kPath : Place::kQuery;
}

// Puts a rendered URL together anew, each value encoded for its place.
class Assembly {
 public:
  Assembly(std::string_view rendered, const std::vector<Template::Inserted>& values, const Variables& variables)
      : rendered_(rendered), values_(values), variables_(variables) {}

  Result<std::string> run() {
    std::size_t done = 0;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      out_ += rendered_.substr(done, values_[i].begin - done);
      FLEETHOOK_CHECK(add(i));
      done = values_[i].end;
    }
    out_ += rendered_.substr(done);
    FLEETHOOK_CHECK(check_segments());
    return std::move(out_);
  }

 private:
  Result<void> add(std::size_t i) {
    const std::string_view value = rendered_.substr(values_[i].begin, values_[i].end - values_[i].begin);
    const bool is_data = comes_from_event(values_[i].name);
    switch (place_behind(out_)) {
      case Place::kScheme:
        return add_beginning(value, literal_behind(i), is_data);
      case Place::kAuthority:
        return add_to_authority(value, i, is_data);
      case Place::kPath:
        add_to_path(value, is_data);
        return {};
      case Place::kQuery:
        append_encoded(value, kQueryPlain, out_);
        return {};
      case Place::kFragment:
        return {};
    }
    return {};
  }

  // Else it is a secret, a parameter or a product variable.
  bool comes_from_event(std::string_view name) const {
    const bool is_predefined = std::ranges::find(kPredefinedNames, name) != kPredefinedNames.end();
    return is_predefined || variables_.named(name) == nullptr;
  }

  // The author's text between a value and the next one.
  std::string_view literal_behind(std::size_t i) const {
    const std::size_t end = i + 1 < values_.size() ? values_[i + 1].begin : rendered_.size();
    return rendered_.substr(values_[i].end, end - values_[i].end);
  }

  Result<void> add_beginning(std::string_view value, std::string_view behind, bool is_data) {
    const std::size_t scheme_end = behind.find("://");
    const bool is_scheme =
        scheme_end != std::string_view::npos && behind.find_first_of(kEndsAuthority) == scheme_end + 1;
    if (is_data && is_scheme && !std::ranges::all_of(value, is_alnum)) return bad("a value in its scheme is no scheme");
    out_ += value;
    return {};
  }

  Result<void> add_to_authority(std::string_view value, std::size_t i, bool is_data) {
    if (is_before_user_sign(i)) {
      append_encoded(value, kUserPlain, out_);
      return {};
    }
    const std::string_view host =
        std::string_view(out_).substr(std::max(authority_at(out_), out_.rfind('@') + 1));  // npos + 1 = 0
    if (!host.empty() && value.front() == '/') {
      add_to_path(value, is_data);
      return {};
    }
    if (!host.empty() && value.front() == '?') {
      append_encoded(value, kQueryPlain, out_);
      return {};
    }
    const std::string_view behind = literal_behind(i);
    const bool ends_it =
        behind.empty() ? i + 1 == values_.size() : kEndsAuthority.find(behind.front()) != std::string_view::npos;
    const bool is_whole = host.empty() && ends_it;
    if (is_data && !is_whole && value.find_first_of("/?#@\\") != std::string_view::npos)
      return bad("a value in its host has a character that would end the host");
    out_ += value;
    return {};
  }

  // Whether the author wrote an @ behind the value, with nothing before it that would end the authority.
  bool is_before_user_sign(std::size_t i) const {
    for (; i < values_.size(); ++i) {
      const std::string_view behind = literal_behind(i);
      const std::size_t at = behind.find_first_of("/?#@");
      if (at != std::string_view::npos) return behind[at] == '@';
    }
    return false;
  }

  void add_to_path(std::string_view value, bool is_data) {
    const std::size_t begin = out_.size();
    append_encoded(value, is_data ? kPathPlain : kQueryPlain, out_);
    if (is_data) in_path_.emplace_back(begin, out_.size());
  }

  // Read as receivers read it: escapes decoded, and the backslash a separator too.
  Result<void> check_segments() const {
    if (in_path_.empty()) return {};
    const std::size_t begin = out_.find('/', authority_at(out_));
    const std::size_t end = std::min(out_.find_first_of("?#", begin), out_.size());
    std::string segment;
    bool has_data = false;
    const auto is_way_up = [&] { return has_data && segment == ".."; };
    auto value = in_path_.begin();
    for (std::size_t at = begin; at < end;) {
      const bool escape = is_escape(std::string_view(out_).substr(at, end - at));
      const std::size_t size = escape ? 3 : 1;
      const char c = escape ? http::percent_decode(std::string_view(out_).substr(at, size), false)->front() : out_[at];
      while (value != in_path_.end() && value->second <= at) ++value;
      const bool of_data = value != in_path_.end() && at + size > value->first;
      if (c == '/' || c == '\\') {
        if (is_way_up()) break;
        segment.clear();
        has_data = false;
      } else {
        segment.push_back(c);
        has_data = has_data || of_data;
      }
      at += size;
    }
    if (is_way_up()) return bad("a value in its path makes a segment of it that is '..'");
    return {};
  }

  std::string_view rendered_;
  const std::vector<Template::Inserted>& values_;
  const Variables& variables_;
  std::string out_;
  std::vector<std::pair<std::size_t, std::size_t>> in_path_;  // data in `out_`
};

}  // namespace

Result<UrlPlan> UrlPlan::compile(const std::string& url, std::string owner, const Limits& limits) {
  UrlPlan plan;
  plan.owner_ = std::move(owner);
  FLEETHOOK_TRY(plan.template_, compile_for_events(url, limits));
  FLEETHOOK_TRY(const UrlShape shape, url_shape(url));
  if (shape == UrlShape::kConstant) {
    FLEETHOOK_TRY(plan.constant_, http::parse_url(url));
    plan.lane_ = plan.lane_of(*plan.constant_);
  } else if (shape == UrlShape::kConstantAuthority) {
    // The text before the first tag is a whole authority and the beginning of a path or query.
    FLEETHOOK_TRY(const auto head, http::parse_url(url.substr(0, url.find("{{"))));
    plan.lane_ = plan.lane_of(head);
  }
  return plan;
}

Result<std::string> UrlPlan::rendered(const Variables& variables, const Limits& limits) const {
  std::string rendered;
  std::vector<Template::Inserted> values;
  FLEETHOOK_CHECK(template_.render(variables, rendered, limits.url_bytes_max, values));
  return Assembly(rendered, values, variables).run();
}

Result<http::Url> UrlPlan::url(const Variables& variables, const Limits& limits) const {
  if (constant_) return *constant_;
  FLEETHOOK_TRY(const std::string text, rendered(variables, limits));
  auto parsed = http::parse_url(text);
  if (!parsed) return Error{parsed.error().fault, "the rendered URL cannot be used: " + parsed.error().message};
  return parsed;
}

Result<http::Url> UrlPlan::shown(const Variables& variables, const Limits& limits) const {
  if (constant_) return *constant_;
  FLEETHOOK_TRY(const std::string text, rendered(variables, limits));
  if (auto parsed = http::parse_url(text)) return parsed;
  const std::size_t authority = authority_at(text) == text.size() ? 0 : authority_at(text);
  const std::size_t end = std::min(text.find_first_of(kEndsAuthority, authority), text.size());
  const std::string_view before = std::string_view(text).substr(0, end);
  if (before.find(kMask) == std::string_view::npos) return url(variables, limits);
  http::Url shown;
  shown.tls = !before.starts_with("http:");  // as far as that can be told
  shown.port = shown.tls ? 443 : 80;
  std::string_view host = before.substr(authority);
  if (const std::size_t at = host.rfind('@'); at != std::string_view::npos) {
    const std::size_t colon = std::min(host.find(':'), at);
    shown.user = http::percent_decode(host.substr(0, colon), false).value_or("");
    shown.password =
        colon == at ? "" : http::percent_decode(host.substr(colon + 1, at - colon - 1), false).value_or("");
    host.remove_prefix(at + 1);
  }
  // A port, or a host with colons, is not told apart from what a mask stands for.
  shown.host = host.find(':') == std::string_view::npos ? host : kMask;
  shown.target = text.substr(end, text.find('#', end) - end);
  if (!shown.target.starts_with('/')) shown.target.insert(0, "/");
  return shown;
}

Result<LanePtr> UrlPlan::lane(const Variables& variables, const Limits& limits) const {
  if (lane_) return lane_;
  FLEETHOOK_TRY(const auto parsed, url(variables, limits));
  return lane_of(parsed);
}

}  // namespace fleethook::core
