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
      {"abc", "x abc y abcabc", "x [[SENSITIVE]] y [[SENSITIVE]]"},
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
      {"aa", "aaaa aaa a", "[[SENSITIVE]] [[SENSITIVE]] a"},
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
  EXPECT_EQ(masked("banana", secrets({"a", "nan"})), "b[[SENSITIVE]]");
  EXPECT_EQ(masked("t e", secrets({"e", "t", " "})), "[[SENSITIVE]]");
  EXPECT_EQ(masked("abab ab", secrets({"ab"})), "[[SENSITIVE]] [[SENSITIVE]]");
  EXPECT_EQ(masked("ababa", secrets({"aba"})), "[[SENSITIVE]]");
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

// Most of these were shown before, the ones in hex and in three layers among them.
TEST(Mask, FindsEncodingsThatReceiversAnswerWith) {
  struct Case {
    std::string secret, text, shown;
  };
  const Case cases[] = {
      // In another case, from 8 bytes on.
      {"Sesame-Open", "SESAME-OPEN sesame-open", "[[SENSITIVE]] [[SENSITIVE]]"},
      {"Sesame-Open", "k=SESAME%2DOPEN", "k=[[SENSITIVE]]"},
      {"Sesame", "SESAME", "SESAME"},
      // Hex of either case, from 4 bytes on, at both places where a byte may begin.
      {"sesame", "x 736573616d65 y 736573616D65.", "x [[SENSITIVE]] y [[SENSITIVE]]."},
      {"sesame", "id=f736573616d65", "id=f[[SENSITIVE]]"},
      {"sesame", "0073657361 6d65", "0073657361 6d65"},
      {"ses", "736573", "736573"},
      // Backslashes of C and of scripts.
      {"sesame", R"(\x73\x65same)", "[[SENSITIVE]]"},
      {"it's", R"('it\'s')", "'[[SENSITIVE]]'"},
      {"gr\xc3\xbcn", R"(gr\xC3\xBCn)", "[[SENSITIVE]]"},
      // Base64 of Base64, of escapes and of hex; and these around it.
      {"sesame", to_base64("x=" + to_base64("the sesame")), "[[SENSITIVE]]"},
      {"sesame", to_base64(to_base64(to_base64("sesame"))), "[[SENSITIVE]]"},
      {"se/same", to_base64("k=se%2Fsame"), "[[SENSITIVE]]"},
      {"se\"same", to_base64(R"({"k":"se\"same"})"), "[[SENSITIVE]]"},
      {"sesame", "k=" + to_base64("736573616d65"), "k=[[SENSITIVE]]"},
      {"pass>>?", R"({"t":"cGFzcz4\u002BPw\u003D\u003D"})", R"({"t":"[[SENSITIVE]]"})"},
      {"a?>?>?", R"({"t":"YT8+Pz4\/"})", R"({"t":"[[SENSITIVE]]"})"},
      {"pass", "a=Basic%20" + to_base64("user:pass") + "&b=1", "a=Basic%20[[SENSITIVE]]&b=1"},
      {"us", "Basic " + to_base64("x:u%73"), "Basic [[SENSITIVE]]"},
      // Three within each other.
      {"a b", "k=a%252520b", "k=[[SENSITIVE]]"},
      {"a\"b", R"("{\"k\":\"{\\\"k\\\":\\\"a\\\\\\\"b\\\"}\"}")", R"("{\"k\":\"{\\\"k\\\":\\\"[[SENSITIVE]]\\\"}\"}")"},
      {"a<b", "a&amp;amp;lt;b", "[[SENSITIVE]]"},
      {"a<b", "k=a%26amp%3Blt%3Bb", "k=[[SENSITIVE]]"},
      {"a/b", R"(a\\u00252fb)", "[[SENSITIVE]]"},
      {"a b", "a%25252520b", "a%25252520b"},  // four
      // Each character in its own way.
      {"a/b\"c&d", R"(a%2Fb\"c&#38;d)", "[[SENSITIVE]]"},
  };
  for (const Case& one : cases) EXPECT_EQ(masked(one.text, secrets({one.secret})), one.shown) << one.text;
}

TEST(Mask, FindsASecretOfFourBytesAtEachPlaceOfAGroup) {
  for (const std::string before : {"", "x", "xy", "xyz"}) {
    for (const std::string behind : {"", "x", "xy"}) {
      std::string letters = to_base64(before + "Zq7x" + behind);
      EXPECT_EQ(masked("(" + letters + ")", secrets({"Zq7x"})), "([[SENSITIVE]])") << letters;
      while (letters.ends_with('=')) letters.pop_back();
      EXPECT_EQ(masked("(" + letters + ")", secrets({"Zq7x"})), "([[SENSITIVE]])") << letters;
    }
  }
}

TEST(Mask, LooksAtATextOnceHoweverOftenASecretIsNamed) {
  const std::string text = std::string(1'000'000, 'a');
  NamedValues values;
  for (int i = 0; i < 20; ++i) values.secrets.emplace_back("S" + std::to_string(i), "a");
  std::string shown = text;
  mask(shown, values, 4 * text.size());
  EXPECT_EQ(shown, kMask);  // one for all that touch
  std::string beside = text + "b";
  mask(beside, values, 4 * text.size());
  EXPECT_EQ(beside, "[[SENSITIVE]]b");
}

TEST(Mask, TheWorkIsLinearInTheText) {
  struct Case {
    const char* what;
    NamedValues values;
    std::string part;
    std::size_t work_per_byte;
  };
  const std::string key = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
  const Case cases[] = {
      {"words", secrets({key, key + "2"}), "a word and another one, ", 3},
      {"JSON", secrets({key}), R"({"at":"2026-01-31","note":"a \"word\"","v":[21.5]},)", 12},
      {"Base64", secrets({key}), "bm90aGluZyB0byBzZWUgaGVyZSwgZ28gb24u", 24},
      {"a long beginning of a secret", secrets({std::string(8'000, 'a') + "b"}), "a", 24},
  };
  for (const Case& one : cases) {
    for (const std::size_t bytes : {10'000U, 100'000U, 1'000'000U}) {
      std::string text;
      while (text.size() < bytes) text += one.part;
      std::string shown = text;
      mask(shown, one.values, one.work_per_byte * text.size());
      EXPECT_EQ(shown, text) << one.what << " " << bytes;
    }
  }
}

TEST(Mask, ATextThatTakesTooMuchWorkIsHiddenWhole) {
  const NamedValues values = secrets({"sesame"});
  std::string text = "nothing to see here";
  mask(text, values, 5);
  EXPECT_EQ(text, kMask);
  EXPECT_EQ(masked_beginning("nothing to see here", values, 100, 5), kMask);
  EXPECT_EQ(masked_beginning("nothing to see here", values, 4, 5), "[[SE");
  // What comes of secrets and texts that were made for it is bounded by Limits().mask_work_bytes_max.
  std::string percents;
  while (percents.size() < 1'000'000) percents += "%25";
  EXPECT_EQ(masked(percents, secrets({std::string(4'000, '%')})), kMask);
}

TEST(Mask, ATextFullOfMasksIsHiddenWhole) {
  std::string text;
  while (text.size() < 1'000'000) text += "ab";
  EXPECT_EQ(masked(text, secrets({"a"})), kMask);
  for (const std::size_t bytes : {10U, 1'000U, 100'000U}) {
    for (const std::size_t apart : {2U, 5U, 20U}) {
      std::string seldom;
      while (seldom.size() < bytes) seldom += "a" + std::string(apart - 1, '-');
      EXPECT_LE(masked(seldom, secrets({"a"})).size(), 3 * seldom.size() + 16 * 1024);
    }
  }
}

TEST(Mask, KnowsWhichBodiesItCanSearch) {
  const NamedValues values = secrets({"sesame"});
  EXPECT_TRUE(can_be_masked("application/json; charset=utf-8", R"({"k":"grün"})", values));
  EXPECT_TRUE(can_be_masked("", "a", values));
  EXPECT_TRUE(can_be_masked("image/svg+xml", "<svg/>", values));
  EXPECT_TRUE(can_be_masked("text/plain", "a body that was cut within gr\xc3", values));
  EXPECT_FALSE(can_be_masked("text/plain", "a\xff in the middle", values));
  EXPECT_FALSE(can_be_masked("Image/PNG", "a", values));
  EXPECT_FALSE(can_be_masked(" application/octet-stream", "a", values));
  EXPECT_TRUE(can_be_masked("image/png", "\xff\xff\xff\xff", {})) << "nothing to hide";
}

}  // namespace
}  // namespace fleethook::core
