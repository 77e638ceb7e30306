// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string>

#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/interrupt.h"
#include "app/cli/version.h"
#include "core/base/process.h"

namespace {

using assayer::Error;
using assayer::cli::Commands;
using assayer::cli::Console;
using assayer::cli::ExitCode;

constexpr auto kRootFooter = R"(
A first run, from simulated spectra to endmembers:
  assayer-cli simulate crism-lab -o lab.h5
  assayer-cli train lab.h5 -o model.h5
  assayer-cli evaluate model.h5 lab.h5
  assayer-cli endmembers model.h5 -o endmembers.csv

Exit status: 0 done, 1 failed, 2 usage, 130 interrupted.
`assayer-cli COMMAND --help` tells the options of a command, with examples.)";

ExitCode report(const Error& error) {
  Console::complain(error.cancelled() ? "interrupted" : error.message());
  return assayer::cli::exit_code(error);
}

ExitCode print(const std::string& text) {
  const auto printed = Console::print(text);
  return printed ? ExitCode::Done : report(printed.error());
}

/// The deepest subcommand on the line: its help is the one that helps.
std::string command_path(const CLI::App& root) {
  std::string path = "assayer-cli";
  const CLI::App* app = &root;
  for (auto parsed = app->get_subcommands(); !parsed.empty(); parsed = app->get_subcommands()) {
    app = parsed.front();
    path += " " + app->get_name();
  }
  return path;
}

ExitCode run(int argc, char** argv) {
  CLI::App root("Compositions and endmembers from spectra of mixtures.", "assayer-cli");
  root.footer(kRootFooter);
  bool version = false;
  bool verbose = false;
  root.add_flag("--version", version, "Print the version and the commit");
  root.add_flag("--verbose", verbose, "With --version: the compiler and the numerical engine too");

  Commands commands(root);
  add_simulate(commands);
  add_info(commands);
  add_convert(commands);
  add_train(commands);
  add_evaluate(commands);
  add_predict(commands);
  add_map(commands);
  add_endmembers(commands);
  add_generate(commands);
  add_baseline(commands);
  add_preprocess(commands);
  add_validate(commands);
  add_tune(commands);
  add_reproduce(commands);

  try {
    root.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return print(root.help());
  } catch (const CLI::ParseError& error) {
    Console::complain(fmt::format("{}. See `{} --help`.", error.what(), command_path(root)));
    return ExitCode::Usage;
  }
  if (version) {
    const auto text = assayer::cli::version_text(verbose);
    return text ? print(*text) : report(text.error());
  }
  const auto* action = commands.called();
  if (action == nullptr) {
    Console::complain("no command given. See `assayer-cli --help`.");
    return ExitCode::Usage;
  }

  assayer::RunControl control;
  const assayer::cli::InterruptGuard guard(control);
  Console console(commands.report());
  const auto code = (*action)(console, control);
  if (!code) return report(code.error());
  console.flush();
  return *code;
}

}  // namespace

int main(int argc, char** argv) {
  assayer::prepare_environment();
  try {
    return static_cast<int>(run(argc, argv));
  } catch (const std::exception& error) {
    // Nothing of ours throws; what is left is memory that ran out, or a fault of ours.
    std::fprintf(stderr, "assayer-cli: stopped by an unexpected fault: %s\n", error.what());
    return static_cast<int>(ExitCode::Failed);
  }
}
