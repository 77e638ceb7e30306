// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace assayer {

/// The text as valid UTF-8: what is not UTF-8 already is read as Latin-1, which older instruments write.
/// Tables, JSON and the desktop program all need valid UTF-8.
std::string to_utf8(std::string_view text);

/// 1536 → "1.5 KiB".
std::string byte_size(double bytes);

/// What the first bytes of a file look like, for messages: "text that begins \"a,b\"", "a gzip archive" …
std::string describe_bytes(std::string_view head);

}  // namespace assayer
