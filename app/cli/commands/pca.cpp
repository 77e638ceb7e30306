// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "app/cli/fault.h"
#include "app/cli/model_access.h"
#include "app/cli/output.h"
#include "app/cli/pca.h"

namespace assayer::cli {

namespace {

std::string scores_csv(const Pca& pca) {
  CsvWriter csv;
  csv.field("row");
  for (std::size_t r = 0; r < pca.scores.cols(); ++r) csv.field(fmt::format("PC{}", r + 1));
  csv.end_row();
  for (std::size_t i = 0; i < pca.scores.rows(); ++i) {
    csv.field(i);
    for (const float score : pca.scores.row(i)) csv.field(score);
    csv.end_row();
  }
  return csv.text();
}

std::string loadings_csv(const Pca& pca, const WavelengthAxis& axis) {
  CsvWriter csv;
  csv.field(fmt::format("wavelength ({})", to_string(axis.unit()))).field("mean");
  for (std::size_t r = 0; r < pca.loadings.rows(); ++r) csv.field(fmt::format("PC{}", r + 1));
  csv.end_row();
  for (std::size_t c = 0; c < axis.size(); ++c) {
    csv.field(axis[c]).field(pca.mean[c]);
    for (std::size_t r = 0; r < pca.loadings.rows(); ++r) csv.field(pca.loadings(r, c));
    csv.end_row();
  }
  return csv.text();
}

}  // namespace

Result<ExitCode> run_pca(const PcaRequest& request, Console& console, RunControl& control) {
  if (request.components < 1)
    return refuse(
        {.what = "there is no component to find", .where = "--components", .expected = "at least 1"});
  const OutputPath scores{request.output, request.force};
  const OutputPath loadings{request.loadings, request.force};
  for (const OutputPath* output : {&scores, &loadings}) {
    if (output->path.empty()) continue;
    if (output->is_hdf5())
      return refuse({.what = "principal components are written as CSV",
                     .where = output->path,
                     .expected = "a name that ends in .csv or .txt, or - for standard output"});
    if (const Status ready = check_table_output(*output, {request.data}, console.json()); !ready)
      return fail(ready.error());
  }
  if (!scores.path.empty() && scores.path == loadings.path)
    return refuse(
        {.what = "scores and loadings are two tables", .where = scores.path, .expected = "two names"});
  const auto imported = load_data(request.data, console, control);
  if (!imported) return fail(imported.error());
  const auto engine = Engine::load();
  if (!engine) return fail(engine.error());
  const auto pca = (*engine)->fit_pca(*imported->data, request.components);
  if (!pca) return fail(about_file(pca.error(), request.data));

  if (!scores.path.empty())
    if (const Status written = write_text(scores, scores_csv(*pca)); !written)
      return fail(about_file(written.error(), scores.path));
  if (!loadings.path.empty())
    if (const Status written = write_text(loadings, loadings_csv(*pca, imported->data->wavelength()));
        !written)
      return fail(about_file(written.error(), loadings.path));
  if (scores.is_stdout() || loadings.is_stdout()) return ExitCode::Done;

  const double total = pca->total_variance;
  const auto share = [&](double variance) { return total > 0 ? variance / total : std::nan(""); };
  Status printed;
  if (console.json()) {
    auto shares = nlohmann::ordered_json::array();
    for (const double variance : pca->variance)
      shares.push_back(total > 0 ? nlohmann::ordered_json(share(variance)) : nullptr);
    printed = print_json({{"rows", imported->data->rows()},
                          {"channels", imported->data->channels()},
                          {"components", pca->variance.size()},
                          {"variance", pca->variance},
                          {"total_variance", total},
                          {"shares", shares},
                          {"warnings", console.warnings()}});
  } else {
    TextTable table({"component", "variance", "share (%)", "together (%)"});
    double sum = 0;
    for (std::size_t r = 0; r < pca->variance.size(); ++r) {
      sum += share(pca->variance[r]);
      table.add({fmt::format("PC{}", r + 1), fmt::format("{:.6g}", pca->variance[r]),
                 fmt::format("{:.3f}", 100 * share(pca->variance[r])), fmt::format("{:.3f}", 100 * sum)});
    }
    printed = Console::print(table.text());
  }
  if (!printed) return fail(printed.error());
  return ExitCode::Done;
}

}  // namespace assayer::cli
