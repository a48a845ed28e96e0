// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

/**
 * Why a file is not YAML, and where. The texts never repeat more of the file than a key or a sign: it may be a password.
 *
 * @param found what is wrong
 * @param allowed what would be right; may be empty
 * @param remedy what to write; may be empty
 */
record SyntaxError(Position at, String found, String allowed, String remedy) {}
