// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/import_options.h"

#include <utility>

#include "app/cli/fault.h"
#include "core/io/attaching.h"

namespace assayer::cli {

void add_attach_options(CLI::App& app, AttachArguments& arguments) {
  app.add_option("--compositions", arguments.compositions,
                 "Compositions from a file of their own: a table that names the spectra by a column of the "
                 "data, a group or the row, or has a row for each; or an array of MATLAB, NumPy or HDF5")
      ->type_name("FILE");
  app.add_option("--endmembers", arguments.endmembers,
                 "Reference endmembers from a file of their own: an array, or spectra in any readable format")
      ->type_name("FILE");
  app.add_option("--rest", arguments.rest,
                 "With --compositions: a component of that name for what each of them leaves to a whole")
      ->type_name("NAME");
}

Result<Imported> attach(Imported data, const AttachArguments& arguments, RunControl& control,
                        const ProgressFn& progress) {
  if (!arguments.rest.empty() && arguments.compositions.empty()) {
    return refuse({.what = "there are no compositions to complete",
                   .where = "--rest",
                   .expected = "--compositions FILE beside it",
                   .found = "none"});
  }
  if (!arguments.compositions.empty()) {
    auto attached = attach_compositions(data, arguments.compositions, {arguments.rest}, control, progress);
    if (!attached) return attached;
    data = *std::move(attached);
  }
  if (!arguments.endmembers.empty()) {
    auto attached = attach_endmembers(data, arguments.endmembers, control, progress);
    if (!attached) return attached;
    data = *std::move(attached);
  }
  return data;
}

void add_import_options(CLI::App& app, ImportArguments& arguments) {
  app.add_option(
         "--map", arguments.maps,
         "What a column or array of the file is: NAME=ROLE, with ROLE one of spectra, wavelength, "
         "composition, group, metadata, bad-channels, endmembers, names, ignore; `info` lists the names")
      ->allow_extra_args(false);
  app.add_option("--set", arguments.settings, "A setting of the format: KEY=VALUE; `info` lists them")
      ->allow_extra_args(false);
  app.add_option("--unit", arguments.unit, "Unit of the spectral axis: nm, um, cm-1, channel or pixel");
  app.add_option("--rows", arguments.rows, "No more than that many spectra, from the start");
  add_attach_options(app, arguments.attach);
}

Result<std::map<std::string, std::string>> key_values(const std::vector<std::string>& texts,
                                                      const std::string& option) {
  std::map<std::string, std::string> result;
  for (const auto& text : texts) {
    const auto sign = text.rfind('=');
    if (sign == std::string::npos || sign == 0) {
      return refuse({.what = "this is no assignment",
                     .where = option,
                     .expected = "NAME=VALUE",
                     .found = "\"" + text + "\""});
    }
    result[text.substr(0, sign)] = text.substr(sign + 1);
  }
  return result;
}

Result<ImportOptions> import_options(const ImportArguments& arguments) {
  ImportOptions options;
  const auto roles = key_values(arguments.maps, "--map");
  if (!roles) return fail(roles.error());
  for (const auto& [name, text] : *roles) {
    const auto role = parse_import_role(text);
    if (!role) {
      return refuse({.what = "there is no such role",
                     .where = "--map " + name,
                     .expected =
                         "spectra, wavelength, composition, group, metadata, bad-channels, endmembers, "
                         "names or ignore",
                     .found = "\"" + text + "\""});
    }
    options.roles[name] = *role;
  }
  auto settings = key_values(arguments.settings, "--set");
  if (!settings) return fail(settings.error());
  options.settings = *std::move(settings);
  if (!arguments.unit.empty()) {
    options.unit = parse_wavelength_unit(arguments.unit);
    if (!options.unit) {
      return refuse({.what = "there is no such unit",
                     .where = "--unit",
                     .expected = "nm, um, cm-1, channel or pixel",
                     .found = "\"" + arguments.unit + "\""});
    }
  }
  if (arguments.rows > 0) options.max_rows = arguments.rows;
  return options;
}

}  // namespace assayer::cli
