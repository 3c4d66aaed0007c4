// explain() as a page: whole without any other file, safe whatever the text holds, with everything that the plan says.
#include <string>

#include <einc/einsum.hpp>
#include <einc/program.hpp>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"

using namespace einc;

namespace {

// What the page draws from.
nlohmann::json data_of(const std::string& page) {
  const std::string opening = "<script type=\"application/json\" id=\"plan\">";
  const std::size_t begin = page.find(opening);
  REQUIRE(begin != std::string::npos);
  const std::size_t end = page.find("</script>", begin);
  return nlohmann::json::parse(page.substr(begin + opening.size(), end - begin - opening.size()));
}

}  // namespace

TEST_CASE("the page stands alone") {
  const std::string page = explain("ij,jk,kl->il", {{10, 100}, {100, 5}, {5, 50}}, {}, Format::html);
  CHECK(page.starts_with("<!doctype html>"));
  CHECK(page.ends_with("</html>\n"));
  for (const char* outside : {"src=", "href=", "@import", "url("}) CHECK_THAT(page, !ContainsSubstring(outside));
}

TEST_CASE("the page holds the steps of the plan, what they read and what is alive meanwhile") {
  const Compiled compiled = compile("ij,jk,kl->il", {{10, 100}, {100, 5}, {5, 50}}, {.dtype = DType::f64});
  const auto data = data_of(compiled.explain(Format::html));
  CHECK(data.at("title") == "ij,jk,kl->il");
  CHECK(data.at("leaves").size() == 3);
  CHECK(data.at("leaves")[0].at("bytes") == 8000);
  REQUIRE(data.at("steps").size() == 2);
  const auto &first = data.at("steps")[0], &second = data.at("steps")[1];
  CHECK(first.at("text") == "ij,jk->ik");
  CHECK(first.at("reads") == std::vector<int>{0, 1});
  CHECK(first.at("result") == 400);
  CHECK(first.at("live") == 400);
  CHECK(second.at("live") == 400);  // it still reads the first; its own result is the caller's
  CHECK(second.at("reads").get<std::vector<int>>().size() == 2);
  CHECK(second.at("flops").get<double>() == compiled.plan().flops - first.at("flops").get<double>());
}

TEST_CASE("a stream is one disc with all its results") {
  const Program program = Program::parse("input q \"qc\"\ninput k \"kc\"\ninput v \"kc\"\n"
                                         "output o = einsum(\"qk,kc->qc\", softmax(einsum(\"qc,kc->qk\", q, k), \"k\"), v)\n");
  const auto data = data_of(explain(program, {{64, 8}, {512, 8}, {512, 8}}, {.stream = Stream::require}, Format::html));
  REQUIRE(data.at("steps").size() == 1);
  CHECK(data.at("steps")[0].at("result") == 64 * 8 * 4);
  CHECK(data.at("steps")[0].at("live") == 0);
}

TEST_CASE("a scalar has a page, too") { CHECK(data_of(explain("", {{}}, {}, Format::html)).at("leaves").size() == 1); }
