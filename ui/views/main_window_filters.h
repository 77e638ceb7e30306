// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

/// What the window's file dialogs offer, in the form that QFileDialog takes: "Tables (*.csv);;All files (*)".
namespace assayer::ui {

/// Whatever can be opened: every importer's files, and projects.
QString openFilter();
/// What may hold compositions without spectra.
QString compositionFilter();
/// One filter an exporter.
QString exportFilter();
/// The settings of training.
QString settingsFilter();

}  // namespace assayer::ui
