// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

/// Names in a project's file, for its writer and its reader.
namespace assayer::project_form {

inline constexpr std::int64_t kVersion = 1;

inline constexpr const char* kSource = "source";
inline constexpr const char* kActiveRun = "active_run";
inline constexpr const char* kNextRun = "next_run";

inline constexpr const char* kData = "data";
inline constexpr const char* kRuns = "runs";
inline constexpr const char* kLayout = "view/layout";

inline constexpr const char* kSession = "session";
inline constexpr const char* kSelection = "session/selection";
inline constexpr const char* kBadChannel = "session/bad_channel";
// In the session and in the setup of each run.
inline constexpr const char* kRoles = "roles";
inline constexpr const char* kRoleNames = "names";
inline constexpr const char* kUnfeatured = "unfeatured";
inline constexpr const char* kConfig = "config";
inline constexpr const char* kPipeline = "pipeline";
inline constexpr const char* kSuggestion = "suggestion";

// In a run.
inline constexpr const char* kName = "name";
inline constexpr const char* kEnd = "end";
inline constexpr const char* kMessage = "message";
inline constexpr const char* kBegan = "began";
inline constexpr const char* kSeconds = "seconds";
inline constexpr const char* kShown = "shown";
inline constexpr const char* kShowsBest = "best";
inline constexpr const char* kOrder = "order";
inline constexpr const char* kMeasures = "measures";
inline constexpr const char* kSetup = "setup";
inline constexpr const char* kModel = "model";
inline constexpr const char* kHistory = "history";
inline constexpr const char* kResults = "results";
inline constexpr const char* kEpoch = "epoch";
inline constexpr const char* kEpochs = "epochs";
inline constexpr const char* kSteps = "steps";

inline constexpr const char* kComposition = "results/composition";
inline constexpr const char* kCompositionSd = "results/composition_sd";
inline constexpr const char* kZ = "results/z";
inline constexpr const char* kZSd = "results/z_sd";
inline constexpr const char* kExtrapolation = "results/extrapolation";
inline constexpr const char* kMisfit = "results/misfit";
inline constexpr const char* kHiddenMisfit = "results/hidden_misfit";
inline constexpr const char* kEndmembers = "results/endmembers";
inline constexpr const char* kEndmembersSd = "results/endmembers_sd";

}  // namespace assayer::project_form
