#include "core/template.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/text.h"

namespace fleethook::core {
namespace {

using Escape = Template::Escape;

constexpr std::size_t kPlenty = 1'000'000;

json::Value parsed(std::string_view text) {
  auto value = json::parse(text);
  EXPECT_TRUE(value.ok()) << text;
  return value.ok() ? std::move(*value) : json::Value();
}

std::string render(std::string_view text, const Variables& variables, Escape escape = Escape::kHtml) {
  const auto compiled = Template::compile(text);
  if (!compiled.ok()) return "error: " + compiled.error().message;
  std::string out;
  const auto result = compiled->render(variables, out, kPlenty, escape);
  return result.ok() ? out : "error: " + result.error().message;
}

std::string render(std::string_view text, std::string_view data, Escape escape = Escape::kHtml) {
  const json::Value value = parsed(data);
  return render(text, DataVariables(value), escape);
}

// With more work than any test takes.
class Plenty : public Variables {
 public:
  Plenty() : Variables(work_) {}

 private:
  WorkBudget work_{kPlenty};
};

// Predefined names over data; counts how often the data is asked for.
class EventLike final : public Plenty {
 public:
  EventLike(std::map<std::string, std::string, std::less<>> names, std::string_view data)
      : names_(std::move(names)), data_(parsed(data)) {}
  const std::string* named(std::string_view name) const override {
    const auto found = names_.find(name);
    return found == names_.end() ? nullptr : &found->second;
  }
  const json::Value* data() const override {
    ++asked;
    return &data_;
  }
  mutable int asked = 0;

 private:
  std::map<std::string, std::string, std::less<>> names_;
  json::Value data_;
};

struct Case {
  std::string_view text;
  std::string_view data;
  std::string_view expected;
};

void check(std::initializer_list<Case> cases) {
  for (const Case& c : cases) EXPECT_EQ(render(c.text, c.data), c.expected) << c.text << "\n" << c.data;
}

TEST(Template, InsertsValuesAsParticleDocumentsIt) {
  constexpr std::string_view kData =
      R"({"a":{"aa":"testing","ab":1234},"b":"xxx","c":[{"ca":"first","cb":123},{"ca":"second","cb":456}]})";
  check({
      {"{{{a.aa}}}", kData, "testing"},
      {"{{{a.ab}}}", kData, "1234"},
      {"{{{c.1.cb}}}", kData, "456"},
      {"{{{c.0.ca}}}", kData, "first"},
      {"{{#b}}{{{b}}}{{/b}}{{^b}}Missing{{/b}}", kData, "xxx"},
      {"{{#z}}{{{z}}}{{/z}}{{^z}}Missing{{/z}}", kData, "Missing"},
      {"{{#c}}{{{ca}}}~{{/c}}", kData, "first~second~"},
      {"{{a}}", R"({"a":[123,456,789]})", "123,456,789"},
  });
}

TEST(Template, EscapesForHtmlUnlessToldNotTo) {
  constexpr std::string_view kData = R"({"x":"&<>\"'/`= ok"})";
  check({
      {"{{x}}", kData, "&amp;&lt;&gt;&quot;&#39;/`= ok"},
      {"{{{x}}}", kData, "&<>\"'/`= ok"},
      {"{{&x}}", kData, "&<>\"'/`= ok"},
      {"{{ & x }}{{{ x }}}{{ { x }}}", R"({"x":"<"})", "<<<"},
      {"{{{x} }}", R"({"x":1})", "error: line 1, column 1: the tag is never closed: '}}' is missing"},
      {"a&b {{x}}", R"({"x":""})", "a&b "},  // its own text is not data
  });
}

TEST(Template, WritesValuesAsJavaScriptDoes) {
  check({
      {"{{x}}", R"({"x":null})", ""},
      {"{{x}}", R"({})", ""},
      {"{{x}}", R"({"x":true})", "true"},
      {"{{x}}", R"({"x":false})", "false"},
      {"{{x}}", R"({"x":0})", "0"},
      {"{{x}}", R"({"x":-0.0})", "0"},
      {"{{x}}", R"({"x":-5})", "-5"},
      {"{{x}}", R"({"x":1.0})", "1"},
      {"{{x}}", R"({"x":1e21})", "1e+21"},
      {"{{x}}", R"({"x":123456789012345680000})", "123456789012345680000"},
      {"{{x}}", R"({"x":0.000001})", "0.000001"},
      {"{{x}}", R"({"x":1e-7})", "1e-7"},
      {"{{x}}", R"({"x":0.1})", "0.1"},
      {"{{x}}", R"({"x":9007199254740993})", "9007199254740992"},  // a double has no more digits
      {"{{x}}", R"({"x":9223372036854775807})", "9223372036854776000"},
      {"{{x}}", R"({"x":-9223372036854775808})", "-9223372036854776000"},
      {"{{x}}", R"({"x":{}})", "[object Object]"},
      {"{{x}}", R"({"x":[]})", ""},
      {"{{x}}", R"({"x":[1,[2,[null,3]],null,"a",{},true]})", "1,2,,3,,a,[object Object],true"},
      {"{{x}}", R"({"x":["<",[">"]]})", "&lt;,&gt;"},
  });
}

TEST(Template, TakesWhatJavaScriptTakesForFalse) {
  for (const std::string_view no : {"false", "0", "-0", "0.0", "\"\"", "null", "[]"}) {
    EXPECT_EQ(render("{{#x}}yes{{/x}}{{^x}}no{{/x}}", R"({"x":)" + std::string(no) + "}"), "no") << no;
  }
  for (const std::string_view yes : {"true", "1", "-0.5", "\"0\"", "\" \"", "\"false\"", "{}", "[0]", "[null]"}) {
    EXPECT_EQ(render("{{#x}}yes{{/x}}{{^x}}no{{/x}}", R"({"x":)" + std::string(yes) + "}"), "yes") << yes;
  }
}

TEST(Template, SectionsSwitchTheContext) {
  check({
      {"{{#a}}{{b}}{{/a}}", R"({"a":{"b":1},"b":2})", "1"},
      {"{{#a}}{{b}}{{/a}}", R"({"a":{"c":1},"b":2})", "2"},    // outer names stay visible
      {"{{#a}}{{b}}{{/a}}", R"({"a":{"b":null},"b":2})", ""},  // null is a value
      {"{{#a}}{{b}}{{/a}}", R"({"a":true,"b":2})", "2"},
      {"{{#a}}{{.}}{{/a}}", R"({"a":"text"})", "text"},
      {"{{#a}}{{.}}{{/a}}", R"({"a":7})", "7"},
      {"{{#a}}{{.}};{{/a}}", R"({"a":[1,"x",[2,3],null,{"y":1}]})", "1;x;2,3;;[object Object];"},
      {"{{#a}}{{#.}}{{.}}{{/.}};{{/a}}", R"({"a":[[1,2],[3],[]]})", "12;3;;"},
      {"{{#a}}{{#b}}{{x}}{{y}}{{z}}{{/b}}{{/a}}", R"({"a":{"x":1,"b":[{"y":2},{"y":3}]},"z":4})", "124134"},
      {"{{#a}}{{#a}}{{#a}}{{a}}{{/a}}{{/a}}{{/a}}", R"({"a":{"a":{"a":{"a":"deep"}}}})", "deep"},
      {"{{#a.b}}{{c}}{{/a.b}}", R"({"a":{"b":{"c":1}}})", "1"},
      {"{{#a}}{{b.c}}{{/a}}", R"({"a":{"b":{"c":1}},"b":{"c":2}})", "1"},
      {"{{#a}}{{b.c}}{{/a}}", R"({"a":{"b":{}},"b":{"c":2}})", "2"},  // a path is tried whole in each context
      {"{{^a}}{{#b}}{{.}}{{/b}}{{/a}}", R"({"b":[1,2]})", "12"},
      {"{{#a}}{{^b}}-{{/b}}{{/a}}", R"({"a":[{"b":1},{},{"b":0}]})", "--"},
      {"{{#a}}{{#flag}}{{x}}{{/flag}}{{/a}}", R"({"flag":true,"a":[{"x":1},{"x":2}]})", "12"},
  });
}

TEST(Template, NamesReachIntoArraysAndStrings) {
  check({
      {"{{a.0}},{{a.1}},{{a.2}}", R"({"a":["x","y"]})", "x,y,"},
      {"{{a.01}}{{a.-1}}{{a.1e0}}{{a. 1}}", R"({"a":["x","y"]})", ""},
      {"{{a.4294967296}}{{a.99999999999999999999}}", R"({"a":["x"]})", ""},
      {"{{a.length}}", R"({"a":["x","y"]})", "2"},
      {"{{a.length}}", R"({"a":{"length":"own"}})", "own"},
      {"{{a.length}}", R"({"a":"t\u00fcr\ud83d\ude00"})", "5"},  // UTF-16 units
      {"{{a.1}}{{a.3}}{{a.9}}", R"({"a":"t\u00fcr"})", "\u00fc"},
      {"{{a.0.length}}", R"({"a":"xyz"})", "1"},
      {"{{a.0}}", R"({"a":"\ud83d\ude00"})", "\ufffd"},  // half of a pair
      {"{{a.length}}{{a.0}}", R"({"a":5})", ""},
      {"{{0}}{{1.b}}{{length}}", R"([7,{"b":8}])", "782"},
      {"{{#length}}{{length}}{{/length}}", R"({"length":"100 yards"})", "100 yards"},
      {"{{constructor}}{{toString}}{{__proto__}}{{a.constructor.name}}", R"({"a":"x"})", ""},
      {"{{__proto__}}", R"({"__proto__":"own"})", "own"},
      {"{{}}|{{a.}}|{{a..b}}", R"({"":"empty","a":{"":{"b":1}}})", "empty|[object Object]|1"},
      {"{{.a}}{{..}}{{...}}", R"({".a":1,"..":2,"...":3,"a":4})", "123"},
      {"{{a b}}{{a.b}}", R"({"a b":1,"a.b":2})", "1"},  // a dot always makes a path
      {"{{a.b.c.d}}{{a.b}}", R"({"a":{"b":null}})", ""},
  });
}

TEST(Template, NamesInsideNullAreMissing) {
  check({
      {"{{a}}", "null", ""},
      {"{{.}}", "null", ""},
      {"{{#a}}{{b}};{{/a}}", R"({"a":[null,{"b":1}],"b":2})", "2;1;"},  // mustache.js throws
      {"{{a}}{{a.b}}{{.}}", "3", "3"},
      {"{{#.}}{{.}}{{/.}}", "[1,2]", "12"},
  });
}

TEST(Template, CommentsAndPartialsLeaveNothing) {
  check({
      {"a{{! comment }}b", "{}", "ab"},
      {"a{{! {{ #x ^ }}b", "{}", "ab"},
      {"a{{!\nlong\n}}b", "{}", "ab"},
      {"a{{> partial }}b", R"({"partial":"x"})", "ab"},
      {"{{> p }}\nb", "{}", "b"},
  });
}

TEST(Template, DelimitersCanBeChanged) {
  check({
      {"{{=<% %>=}}<% a %>{{a}}", R"({"a":1})", "1{{a}}"},
      {"{{=| |=}}|#a||a||/a|", R"({"a":1})", "1"},
      {"{{=<% %>=}}<%={{ }}=%>{{a}}", R"({"a":1})", "1"},
      {"{{= <%\n%> =}}<%{a}%><%&a%>", R"({"a":"<"})", "<<"},
      {"{{=a b c=}}axb", R"({"x":1})", "1"},      // a third word does not count
      {"{{=[ ]= rest }}[x]", R"({"x":1})", "1"},  // nor does what follows
      {"{{#s}}{{=<% %>=}}<%x%><%/s%><%x%>", R"({"s":[1,2],"x":3})", "333"},
      {"{{=^ $=}}^x$", R"({"x":1})", "1"},
      {"{{={ }=}}{x}{{x}}", R"({"x":"<"})", "&lt;<"},
  });
}

TEST(Template, TagsMayHaveSpacesInside) {
  check({
      {"{{ a }}{{\ta\n}}{{\u00a0a\u3000}}", R"({"a":1})", "111"},
      {"{{ # a }}x{{ / a }}", R"({"a":1})", "x"},
      {"{{# a b }}{{c}}{{/a b}}", R"({"a b":{"c":1}})", "1"},
      {"{{a\u200b}}", R"({"a\u200b":1})", "1"},  // no space in JavaScript either
  });
}

TEST(Template, ALineWithOnlySectionTagsLeavesNothing) {
  check({
      {"a\n{{#s}}\nb\n{{/s}}\nc", R"({"s":1})", "a\nb\nc"},
      {"a\r\n  {{#s}}  \r\nb\r\n\t{{/s}}\r\nc", R"({"s":1})", "a\r\nb\r\nc"},
      {"a\n{{! x }}\nb", "{}", "a\nb"},
      {"a\n  {{=<% %>=}}\nb", "{}", "a\nb"},
      {"{{#s}}\nx\n{{/s}}", R"({"s":[1,2]})", "x\nx\n"},
      {"  {{#s}}{{/s}}  \nb", "{}", "b"},
      {"  {{#s}} {{! x }} {{/s}}\nb", R"({"s":1})", "b"},
      {"  {{#s}}x{{/s}}\nb", R"({"s":1})", "  x\nb"},
      {"  {{v}}\nb", "{}", "  \nb"},  // a value makes it an ordinary line
      {"{{#s}}\n  {{/s}}", R"({"s":1})", ""},
      {"\u00a0{{#s}}\u2003\nx{{/s}}", R"({"s":1})", "x"},
      {"{{!\n}}\nx", "{}", "x"},
      {"a {{! x }}\nb", "{}", "a \nb"},
      {"{{#s}}\n\n{{/s}}\n", R"({"s":1})", "\n"},
  });
}

TEST(Template, DataIsNeverScannedAgain) {
  check({
      {"{{{a}}}", R"({"a":"{{b}}","b":"secret"})", "{{b}}"},
      {"{{a}}", R"({"a":"{{{b}}}","b":"secret"})", "{{{b}}}"},
      {"{{#a}}{{{.}}}{{/a}}", R"({"a":"{{=<% %>=}}{{/a}}"})", "{{=<% %>=}}{{/a}}"},
  });
}

TEST(Template, ErrorsSayWhatAndWhere) {
  using Kind = TemplateError::Kind;
  struct Bad {
    std::string_view text;
    Kind kind;
    std::uint32_t line;
    std::uint32_t column;
  };
  const Bad bad[] = {
      {"{{", Kind::kUnclosedTag, 1, 1},
      {"x\ny {{a", Kind::kUnclosedTag, 2, 3},
      {"{{a}", Kind::kUnclosedTag, 1, 1},
      {"{{{a}}", Kind::kUnclosedTag, 1, 1},
      {"{{! never", Kind::kUnclosedTag, 1, 1},
      {"{{=<% %>}}", Kind::kUnclosedTag, 1, 1},
      {"{{=<% %>=}}<% a }}", Kind::kUnclosedTag, 1, 12},
      {"\u00e9{{#a}}", Kind::kUnclosedSection, 1, 3},  // columns count bytes
      {"\n\n  {{^a}}{{#b}}{{/b}}", Kind::kUnclosedSection, 3, 3},
      {"{{/a}}", Kind::kUnopenedSection, 1, 1},
      {"{{#a}}{{/a}}\n {{/a}}", Kind::kUnopenedSection, 2, 2},
      {"{{#a}}\n{{/b}}", Kind::kMismatchedSection, 2, 1},
      {"{{#a}}{{#b}}{{/a}}{{/b}}", Kind::kMismatchedSection, 1, 13},
      {"{{=x=}}", Kind::kBadDelimiters, 1, 1},
      {"{{==}}", Kind::kBadDelimiters, 1, 1},
      {"{{= =}}", Kind::kBadDelimiters, 1, 1},
      {"{{== ==}}", Kind::kBadDelimiters, 1, 1},
  };
  for (const Bad& b : bad) {
    TemplateError error;
    const auto compiled = Template::compile(b.text, {}, &error);
    ASSERT_FALSE(compiled.ok()) << b.text;
    EXPECT_EQ(compiled.error().fault, Fault::kInvalid);
    EXPECT_EQ(compiled.error().message, error.str());
    EXPECT_EQ(error.kind, b.kind) << b.text << "\n" << error.str();
    EXPECT_EQ(error.line, b.line) << b.text;
    EXPECT_EQ(error.column, b.column) << b.text;
  }
  TemplateError error;
  EXPECT_FALSE(Template::compile("a\n\n      {{#a}}", {}, &error).ok());
  EXPECT_EQ(error.str(), "line 3, column 7: section 'a' is never closed");
}

TEST(Template, ErrorsShowOnlyTheBeginningOfLongNames) {
  std::string name;
  for (int i = 0; i < 10'000; ++i) name += "\u00fc";
  const auto compiled = Template::compile("{{#" + name + "}}{{/a}}");
  ASSERT_FALSE(compiled.ok());
  EXPECT_LT(compiled.error().message.size(), 200U);
  EXPECT_TRUE(is_valid_utf8(compiled.error().message));
}

TEST(Template, StrayBracesAreText) {
  for (const std::string_view text : {"}}", "{", "}", "{ {a} }", "a }} b", "=}}", "", " ", "\n", "<% a %>"}) {
    EXPECT_EQ(render(text, "{}"), text);
  }
}

TEST(Template, ATemplateWithoutTagsIsAConstant) {
  EXPECT_EQ(*Template().constant(), "");
  const auto text = Template::compile("  just text\n").value();
  ASSERT_NE(text.constant(), nullptr);
  EXPECT_EQ(*text.constant(), "  just text\n");
  EXPECT_EQ(Template::compile("{{! x }}").value().constant(), nullptr);
  const Template copy = text;
  EXPECT_EQ(copy, text);
  EXPECT_NE(copy, Template());
  std::string out = "kept ";
  ASSERT_TRUE(copy.render(DataVariables(json::Value()), out, kPlenty).ok());
  EXPECT_EQ(out, "kept   just text\n");
}

TEST(Template, GivesItsNamesOnce) {
  const auto compiled =
      Template::compile("{{a.b}}{{#c}}{{.}}{{a}}{{^d.0}}{{&e}}{{/d.0}}{{/c}}{{!f}}{{>g}}{{=<% %>=}}<%{h}%><%h%>")
          .value();
  EXPECT_EQ(compiled.names(), (std::vector<std::string>{"a", "c", ".", "d", "e", "h"}));
  EXPECT_EQ(compiled.source().substr(0, 7), "{{a.b}}");
  EXPECT_TRUE(Template::compile("text").value().names().empty());
}

TEST(TemplateVariables, PredefinedNamesWinOverEverythingFromData) {
  const EventLike event({{"PARTICLE_DEVICE_ID", "real"}, {"SECRET", "s3cret"}},
                        R"({"PARTICLE_DEVICE_ID":"spoofed","SECRET":"mine","other":"data",
                            "items":[{"PARTICLE_DEVICE_ID":"spoofed","x":1}],"o":{"PARTICLE_DEVICE_ID":"spoofed"}})");
  EXPECT_EQ(render("{{PARTICLE_DEVICE_ID}} {{{SECRET}}} {{other}}", event), "real s3cret data");
  EXPECT_EQ(render("{{#items}}{{PARTICLE_DEVICE_ID}} {{x}}{{/items}}", event), "real 1");
  EXPECT_EQ(render("{{#o}}{{{PARTICLE_DEVICE_ID}}}{{/o}}", event), "real");
  EXPECT_EQ(render("{{#PARTICLE_DEVICE_ID}}[{{.}}]{{/PARTICLE_DEVICE_ID}}{{^SECRET}}none{{/SECRET}}", event), "[real]");
}

TEST(TemplateVariables, AnEmptyPredefinedTextIsFalseAndDoesNotFallThroughToData) {
  const EventLike event({{"PARTICLE_EVENT_VALUE", ""}}, R"({"PARTICLE_EVENT_VALUE":"spoofed"})");
  EXPECT_EQ(render("{{PARTICLE_EVENT_VALUE}}{{#PARTICLE_EVENT_VALUE}}x{{/"
                   "PARTICLE_EVENT_VALUE}}{{^PARTICLE_EVENT_VALUE}}-{{/PARTICLE_EVENT_VALUE}}",
                   event),
            "-");
}

TEST(TemplateVariables, DataIsAskedForOnlyWhenNeededAndOnce) {
  const EventLike event({{"A", "1"}, {"B", "2"}}, R"({"x":3,"l":[{"y":4},{"y":5}]})");
  EXPECT_EQ(render("text {{A}} {{{B}}} {{#A}}{{.}}{{B}}{{/A}}{{^A}}{{x}}{{/A}}", event), "text 1 2 12");
  EXPECT_EQ(event.asked, 0);
  EXPECT_EQ(render("{{A}}{{x}}{{#l}}{{y}}{{x}}{{missing}}{{/l}}{{x}}", event), "1343533");
  EXPECT_EQ(event.asked, 1);
}

TEST(TemplateVariables, NoDataMeansMissing) {
  struct Nothing final : Plenty {
    const std::string* named(std::string_view) const override { return nullptr; }
    const json::Value* data() const override { return nullptr; }
  };
  EXPECT_EQ(render("a{{x}}{{x.y}}{{.}}{{#x}}y{{/x}}{{^x}}n{{/x}}{{#.}}y{{/.}}", Nothing()), "an");
}

TEST(TemplateVariables, SlotsAreAskedByPlace) {
  struct Slots final : Plenty {
    std::vector<std::string> values{"zero", "one"};
    const std::string* named(std::string_view name) const override {
      EXPECT_EQ(name, "two") << "only names without a slot are searched for";
      return nullptr;
    }
    const std::string* slot(std::size_t place, std::string_view) const override { return &values.at(place); }
    const json::Value* data() const override { return nullptr; }
  };
  constexpr std::string_view kNames[] = {"ZERO", "ONE"};
  const auto compiled =
      Template::compile("{{ONE}}{{{ZERO}}}{{#ONE}}{{.}}{{/ONE}}{{two}}{{ONE.x}}", {}, nullptr, kNames).value();
  std::string out;
  ASSERT_TRUE(compiled.render(Slots(), out, kPlenty).ok());
  EXPECT_EQ(out, "onezeroone");
  // Variables that know nothing of slots are asked by name.
  const EventLike event({{"ZERO", "0"}, {"ONE", "1"}}, "{}");
  out.clear();
  ASSERT_TRUE(compiled.render(event, out, kPlenty).ok());
  EXPECT_EQ(out, "101");
}

TEST(TemplateVariables, PlainTemplatesFallBackToDataWhenANameIsNotPredefined) {
  const EventLike event({{"A", "1"}}, R"({"x":"<2>"})");
  EXPECT_EQ(render("a{{{A}}}b{{{x}}}c", event), "a1b<2>c");
  EXPECT_EQ(render("a{{{A}}}b{{{A}}}c", event), "a1b1c");
  EXPECT_EQ(event.asked, 1);
  std::string many;
  std::string expected;
  for (int i = 0; i < 40; ++i) {
    many += "{{{A}}}.";
    expected += "1.";
  }
  EXPECT_EQ(render(many, event), expected);
}

TEST(TemplateEscape, JsonKeepsTheTextAroundIt) {
  constexpr std::string_view kData = R"({"q":"say \"hi\"\\\n\u0001","n":1.5,"l":["\"",2]})";
  EXPECT_EQ(render(R"({"a":"{{{q}}}","b":{{n}},"c":"{{{l}}}"})", kData, Escape::kJson),
            R"({"a":"say \"hi\"\\\n\u0001","b":1.5,"c":"\",2"})");
  EXPECT_EQ(render(R"("{{q}}")", kData, Escape::kJson), R"("say &quot;hi&quot;\\\n\u0001")");
}

TEST(TemplateEscape, JsonOutputIsAlwaysValid) {
  const EventLike event({{"raw", "\"\\ \xff\x01 \xed\xa0\x80 {{x}} \n"}}, "{}");
  for (const std::string_view text :
       {R"({"a":"{{{raw}}}"})", R"({"a":"{{raw}}"})", R"({"a":"{{#raw}}{{{.}}}{{/raw}}"})"}) {
    const std::string out = render(text, event, Escape::kJson);
    EXPECT_TRUE(json::parse(out).ok()) << out;
  }
}

TEST(TemplateEscape, UrlLeavesOnlyUnreservedCharacters) {
  constexpr std::string_view kData = R"({"a":"A-z_0.9~ /?#&=+%\u00fc","h":"<"})";
  EXPECT_EQ(render("x={{{a}}}&y={{{h}}}", kData, Escape::kUrl), "x=A-z_0.9~%20%2F%3F%23%26%3D%2B%25%C3%BC&y=%3C");
  EXPECT_EQ(render("{{h}}", kData, Escape::kUrl), "%26lt%3B");
}

// Every limit from nothing to more than enough; what is there when it is not enough must be a beginning of the whole.
void check_all_limits(const Template& compiled, const Variables& variables, Escape escape) {
  std::string whole;
  ASSERT_TRUE(compiled.render(variables, whole, kPlenty, escape).ok());
  for (std::size_t limit = 0; limit <= whole.size() + 2; ++limit) {
    std::string out = "##";
    const auto result = compiled.render(variables, out, limit + 2, escape);
    EXPECT_EQ(result.ok(), limit >= whole.size()) << compiled.source() << " " << limit;
    EXPECT_TRUE(result.ok() || result.error().fault == Fault::kTooLarge);
    EXPECT_LE(out.size(), limit + 2);
    EXPECT_EQ(out, "##" + whole.substr(0, out.size() - 2));
  }
}

TEST(TemplateLimits, OutputNeverPassesItsLimit) {
  const json::Value data = parsed(R"({"a":"0123456789","q":"\"\"\"\"\"","l":[1,2,3,4,5,6,7,8,9,10],"h":"<<<<<"})");
  const EventLike event({{"a", "0123456789"}}, "{}");
  for (const std::string_view text :
       {"{{{a}}}", "x{{a}}y", "{{{q}}}{{q}}", "{{#l}}{{.}},{{/l}}", "{{h}}", "only text", "{{{l}}}"}) {
    const auto compiled = Template::compile(text).value();
    for (const Escape escape : {Escape::kHtml, Escape::kJson, Escape::kUrl}) {
      check_all_limits(compiled, event, escape);
      check_all_limits(compiled, DataVariables(data), escape);
    }
  }
}

TEST(TemplateLimits, ABufferOverTheLimitIsRefusedAndLeftAlone) {
  for (const std::string_view text : {"x", "{{{a}}}", "{{#a}}x{{/a}}"}) {
    std::string out = "already too long";
    EXPECT_FALSE(Template::compile(text).value().render(EventLike({{"a", "1"}}, "{}"), out, 3).ok()) << text;
    EXPECT_EQ(out, "already too long");
  }
}

TEST(TemplateLimits, SectionsNestOnlySoDeep) {
  const auto nested = [](std::size_t depth) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += "{{#a}}";
    text += "x";
    for (std::size_t i = 0; i < depth; ++i) text += "{{/a}}";
    return text;
  };
  const Limits limits;
  EXPECT_EQ(render(nested(limits.template_sections_depth_max), R"({"a":1})"), "x");
  TemplateError error;
  EXPECT_FALSE(Template::compile(nested(limits.template_sections_depth_max + 1), limits, &error).ok());
  EXPECT_EQ(error.kind, TemplateError::Kind::kTooDeep);
  EXPECT_EQ(error.column, 6 * limits.template_sections_depth_max + 1);
  Limits wide;
  wide.template_sections_depth_max = 1000;
  const auto deep = Template::compile(nested(1000), wide).value();
  std::string out;
  EXPECT_TRUE(deep.render(DataVariables(parsed(R"({"a":1})"), kPlenty), out, kPlenty).ok());
  EXPECT_EQ(out, "x");
}

TEST(TemplateLimits, LoopsWithoutOutputEndToo) {
  std::string data = R"({"a":[1)";
  for (int i = 1; i < 1000; ++i) data += ",1";
  data += "]}";
  const json::Value value = parsed(data);
  const auto compiled = Template::compile("{{#a}}{{#a}}{{#a}}{{#a}}{{/a}}{{/a}}{{/a}}{{/a}}").value();
  std::string out;
  const auto result = compiled.render(DataVariables(value), out, kPlenty);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().fault, Fault::kTooLarge);
  EXPECT_EQ(out, "");
}

TEST(TemplateLimits, StepsAreCountedExactly) {
  const json::Value value = parsed(R"({"a":[1,2,3]})");
  const auto compiled = Template::compile("{{#a}}.{{/a}}").value();
  std::size_t least = 0;
  for (std::size_t steps = 1; least == 0 && steps < 100; ++steps) {
    std::string out;
    if (compiled.render(DataVariables(value, steps), out, kPlenty).ok()) least = steps;
  }
  EXPECT_EQ(least, 6U);  // the opening tag and its lookup, three closing tags, the end
}

TEST(TemplateLimits, RenderingsThatShareTheirVariablesShareOneBudget) {
  const json::Value value = parsed(R"({"a":[1,2,3]})");
  const DataVariables variables(value, 20);
  const auto compiled = Template::compile("{{#a}}.{{/a}}").value();
  std::string out;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(compiled.render(variables, out, kPlenty).ok());
  const auto fourth = compiled.render(variables, out, kPlenty);
  ASSERT_FALSE(fourth.ok());
  EXPECT_EQ(fourth.error().message, "the templates of the request take more than 20 steps");
  EXPECT_FALSE(Template::compile("{{{a}}}").value().render(variables, out, kPlenty).ok()) << "over is over";
}

TEST(TemplateLimits, WhatGrowsWithItsInputCountsAsMoreThanOneStep) {
  struct Costly {
    std::string text, data;
  };
  std::string path = "a";
  for (int i = 0; i < 1000; ++i) path += ".0";
  const Costly costly[] = {
      {"{{{" + path + "}}}", R"({"a":"x"})"},                     // a letter of a letter of a letter
      {"{{{a}}}", R"({"a":")" + std::string(6400, 'x') + "\"}"},  // long text
      {std::string(6400, 'x') + "{{{a}}}", "{}"},                 // also the template's own
      {"{{a.length}}", R"({"a":")" + std::string(6400, 'x') + "\"}"},
  };
  for (const auto& [text, data] : costly) {
    const json::Value value = parsed(data);
    const auto compiled = Template::compile(text).value();
    std::string out;
    EXPECT_FALSE(compiled.render(DataVariables(value, 100), out, kPlenty).ok()) << text.substr(0, 40);
  }
}

}  // namespace
}  // namespace fleethook::core
