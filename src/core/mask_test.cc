#include "core/mask.h"

#include <gtest/gtest.h>

#include "base/hex.h"

namespace fleethook::core {
namespace {

NamedValues secrets(std::initializer_list<std::string> values) {
  NamedValues made;
  for (const std::string& value : values) made.secrets.emplace_back("S" + std::to_string(made.secrets.size()), value);
  return made;
}

std::string masked(std::string text, const NamedValues& values) {
  mask(text, values);
  return text;
}

TEST(Mask, HidesASecretHoweverItWasWritten) {
  struct Case {
    std::string secret, text, shown;
  };
  const Case cases[] = {
      {"abc", "x abc y abcabc", "x [[SENSITIVE]] y [[SENSITIVE]][[SENSITIVE]]"},
      {"abc", "ab c", "ab c"},
      {"a b/c", "?k=a%20b%2Fc&l=1", "?k=[[SENSITIVE]]&l=1"},
      {"a b/c", "k=a%20b%2fc", "k=[[SENSITIVE]]"},
      {"a b/c", "k=a+b%2Fc", "k=[[SENSITIVE]]"},
      {"a b/c", "k=a%20b/c", "k=[[SENSITIVE]]"},
      {"a+b", "k=a%2Bb and a+b", "k=[[SENSITIVE]] and [[SENSITIVE]]"},
      {"p\"q\\r", R"({"k":"p\"q\\r"})", R"({"k":"[[SENSITIVE]]"})"},
      {"a/b", R"({"k":"a\/b"})", R"({"k":"[[SENSITIVE]]"})"},
      {"grün😀", R"({"k":"gr\u00fcn\ud83d\ude00"})", R"({"k":"[[SENSITIVE]]"})"},
      {"grün", R"({"k":"gr\u00FCn"})", R"({"k":"[[SENSITIVE]]"})"},
      {"tab\there", R"("tab\there")", R"("[[SENSITIVE]]")"},
      {"a&b<c>d\"e'f/g`h=i", "a&amp;b&lt;c&gt;d&quot;e&#39;f&#x2F;g&#x60;h&#x3D;i.", "[[SENSITIVE]]."},
      {"it's", "it&apos;s it&#x27;s", "[[SENSITIVE]] [[SENSITIVE]]"},
      {"a/b", "k=a%26%23x2F%3Bb", "k=[[SENSITIVE]]"},  // {{x}} in a form: HTML, then percent
      {"q\"", R"({"data":"{\"k\":\"q\\\"\"}"})", R"({"data":"{\"k\":\"[[SENSITIVE]]\"}"})"},  // an echo of JSON in JSON
      {"pass", "Authorization: Basic " + to_base64("user:pass") + "\n", "Authorization: Basic [[SENSITIVE]]\n"},
      {"pass", "basic " + to_base64("u:pass-and-more"), "basic [[SENSITIVE]]"},
      {"pass", "Basic " + to_base64("user:other"), "Basic " + to_base64("user:other")},
      {"us", R"("Basic )" + to_base64("us:p") + R"(",)", R"("Basic [[SENSITIVE]]",)"},
      {"S", "SENSE", "[[SENSITIVE]]EN[[SENSITIVE]]E"},  // what was put in is not looked at again
      {"aa", "aaaa aaa", "[[SENSITIVE]][[SENSITIVE]] [[SENSITIVE]]a"},
      {"", "nothing", "nothing"},
      {"abc", "", ""},
      {"%41", "k=%41 A", "k=[[SENSITIVE]] A"},
      // Base64 that contains one, without the word Basic.
      {"pass", "you sent " + to_base64("user:pass") + " to us", "you sent [[SENSITIVE]] to us"},
      {"pass", R"({"auth":")" + to_base64("user:passe") + R"("})", R"({"auth":"[[SENSITIVE]]"})"},  // with padding
      {"pass", "k=dXNlcjpwYXNzZQ%3D%3D&l=1", "k=[[SENSITIVE]]&l=1"},
      {"p>>?", "t=" + std::string("dXNlcjpwPj4_") + ".", "t=[[SENSITIVE]]."},  // the alphabet of URLs
      {"pass", "/a/" + to_base64("user:pass") + "/b", "/a/[[SENSITIVE]]/b"},
      {"pass", to_base64(R"({"event":"t","data":"the pass"})"), "[[SENSITIVE]]"},
      {"pas", to_base64("user:pas"), to_base64("user:pas")},  // too short to be told from chance
      {"pass", to_base64("user:other"), to_base64("user:other")},
      {"p\"q/r", R"(?q=%7B%22k%22%3A%22p%5C%22q%2Fr%22%7D)", R"(?q=%7B%22k%22%3A%22[[SENSITIVE]]%22%7D)"},
      {"a b", R"({"url":"\/x?k=a%20b"})", R"({"url":"\/x?k=[[SENSITIVE]]"})"},
      {"a b", "to=%2Fx%3Fk%3Da%2520b", "to=%2Fx%3Fk%3D[[SENSITIVE]]"},
      {"100% [\\u00]", "100% [\\u00] &; &#; &#xzz; %zz \\", "[[SENSITIVE]] &; &#; &#xzz; %zz \\"},
  };
  for (const Case& one : cases) EXPECT_EQ(masked(one.text, secrets({one.secret})), one.shown) << one.secret;
}

TEST(Mask, LeavesNothingOfSecretsThatOverlap) {
  EXPECT_EQ(masked("abcdef", secrets({"abc", "abcdef"})), "[[SENSITIVE]]");
  EXPECT_EQ(masked("abcdef", secrets({"abcdef", "abc"})), "[[SENSITIVE]]");
  EXPECT_EQ(masked("xabcdey", secrets({"abc", "cde"})), "x[[SENSITIVE]]y");
  EXPECT_EQ(masked("banana", secrets({"a", "nan"})), "b[[SENSITIVE]][[SENSITIVE]][[SENSITIVE]]");
  EXPECT_EQ(masked("t e", secrets({"e", "t", " "})), "[[SENSITIVE]][[SENSITIVE]][[SENSITIVE]]");
}

TEST(Mask, VariablesAreNoSecrets) {
  NamedValues values;
  values.variables = {{"HOST", "api.example.com"}};
  EXPECT_EQ(masked("https://api.example.com", values), "https://api.example.com");
  EXPECT_EQ(masked_beginning("https://api.example.com", values, 11), "https://api");
}

TEST(Mask, HidesLiteralCredentialsToo) {
  NamedValues values;
  values.credentials = {"hunter22"};
  EXPECT_EQ(masked("k=hunter22", values), "k=[[SENSITIVE]]");
  EXPECT_EQ(masked_beginning("k=hunter22", values, 100), "k=[[SENSITIVE]]");
}

TEST(Mask, HidesASecretInTheMiddleOfALongBase64) {
  const std::string image(3000, '\x01');
  const std::string shown = masked(to_base64(image + "sesame!" + image), secrets({"sesame!"}));
  EXPECT_NE(shown.find("[[SENSITIVE]]"), std::string::npos);
  EXPECT_GT(shown.size(), 7900U) << "only the part that holds it";
  EXPECT_EQ(shown.find(to_base64("sesame!").substr(0, 8)), std::string::npos);
}

TEST(Mask, ABeginningShowsNoPartOfASecretThatGoesOnBeyondIt) {
  const NamedValues values = secrets({"0123456789"});
  EXPECT_EQ(masked_beginning("ab0123456789cd", values, 100), "ab[[SENSITIVE]]cd");
  for (std::size_t max = 0; max <= 14; ++max) {
    const std::string shown = masked_beginning("ab0123456789cd", values, max);
    EXPECT_LE(shown.size(), max);
    EXPECT_EQ(shown.find('0'), std::string::npos) << max;
  }
  const std::string escaped = "ab" + std::string("%30%31%32%33%34%35%36%37%38%39");
  EXPECT_EQ(masked_beginning(escaped, values, 8), "ab[[SENS");
  // A first mask makes the text shorter; what comes into view behind it is not half a secret.
  const NamedValues longer = secrets({std::string(64, 'x') + "tail"});
  const std::string twice = longer.secrets[0].second + "-" + longer.secrets[0].second;
  EXPECT_EQ(masked_beginning(twice, longer, 70), "[[SENSITIVE]]-[[SENSITIVE]]");
}

TEST(Mask, TakesLinearTimeForATextMadeToBeSlow) {
  const NamedValues values = secrets({std::string(8'000, 'a') + "b"});
  const std::string text(1'000'000, 'a');
  EXPECT_EQ(masked(text, values), text);
}

}  // namespace
}  // namespace fleethook::core
