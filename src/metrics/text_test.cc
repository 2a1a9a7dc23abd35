#include "metrics/text.h"

#include <gtest/gtest.h>

namespace fleethook::metrics {
namespace {

TEST(LabelsText, StandsByNameWhateverTheOrder) {
  EXPECT_EQ(labels_text({}), "");
  EXPECT_EQ(labels_text({{"b", "2"}, {"a", "1"}}), R"(a="1",b="2")");
}

// Names that people choose come here.
TEST(LabelsText, NoValueEndsItself) {
  EXPECT_EQ(labels_text({{"name", R"(say "hi")"}}), R"(name="say \"hi\"")");
  EXPECT_EQ(labels_text({{"name", R"(C:\new)"}}), R"(name="C:\\new")");
  EXPECT_EQ(labels_text({{"name", "two\nlines"}}), R"(name="two\nlines")");
  EXPECT_EQ(labels_text({{"name", R"(\",product="other)"}}), R"(name="\\\",product=\"other")");
  EXPECT_EQ(labels_text({{"name", "caf\xC3\xA9 \xFF"}}), "name=\"caf\xC3\xA9 \xEF\xBF\xBD\"");
  EXPECT_EQ(labels_text({{"name", "{a,b}"}}), R"(name="{a,b}")") << "braces and commas end nothing within quotes";
}

TEST(TextPage, SamplesFollowTheirFamily) {
  TextPage page;
  page.family("beds", Kind::kGauge, "Beds\nof a \"ward\".");
  page.sample(R"(ward="a")", 3);
  page.sample({}, 4.5);
  page.family("naps_seconds", Kind::kHistogram, "Naps.");
  page.sample(R"(le="+Inf")", 2, "_bucket");
  EXPECT_EQ(std::move(page).text(),
            "# HELP beds Beds\\nof a \"ward\".\n"
            "# TYPE beds gauge\n"
            "beds{ward=\"a\"} 3\n"
            "beds 4.5\n"
            "# HELP naps_seconds Naps.\n"
            "# TYPE naps_seconds histogram\n"
            "naps_seconds_bucket{le=\"+Inf\"} 2\n");
}

}  // namespace
}  // namespace fleethook::metrics
