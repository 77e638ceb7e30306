// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/attaching.h"

#include <utility>

namespace assayer::ui {

namespace {

Result<Loaded> begin(Result<Imported> imported, RunControl& control) {
  if (!imported) return fail(imported.error());
  if (control.stop_requested()) return fail(Error::cancel());
  auto session = Session::start(imported->data);
  if (!session) return fail(session.error());
  return Loaded{*std::move(imported), *std::move(session)};
}

}  // namespace

Result<MatchedCompositions> matchCompositions(const std::filesystem::path& file, const Dataset& data,
                                              RunControl& control, const ProgressFn& progress) {
  auto found = find_compositions(data, file, control, progress);
  if (!found) return fail(found.error());
  MatchedCompositions matched;
  matched.incomplete = found->incomplete();
  matched.found = std::make_shared<const FoundCompositions>(*std::move(found));
  return matched;
}

Result<Loaded> withCompositions(const Imported& data, const FoundCompositions& found, const std::string& rest,
                                RunControl& control) {
  return begin(with_compositions(data, found, {rest}), control);
}

Result<Loaded> withEndmembers(const Imported& data, const std::filesystem::path& file, RunControl& control,
                              const ProgressFn& progress) {
  return begin(attach_endmembers(data, file, control, progress), control);
}

void carryOver(const Session& before, Session& after, bool same_compositions) {
  after.set_pipeline(before.pipeline());
  if (same_compositions) {
    for (const Role role : {Role::HeldOut, Role::Unlabelled, Role::Labelled})
      after.set_role(rows_with(before.roles(), role), role);
    after.set_unfeatured(before.unfeatured());
    after.set_config(before.config());
  } else if (!before.data()->abundances()) {
    after.set_role(rows_with(before.roles(), Role::HeldOut), Role::HeldOut);
  }
  after.set_role(rows_with(before.roles(), Role::Excluded), Role::Excluded);
}

}  // namespace assayer::ui
