// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.List;

/** A YAML document as data, each part with its place in the file. An alias is the node it stands for. */
sealed interface YamlNode {
    /** Where it starts. */
    Position at();

    /** Text; {@code plain} if it stands there without quotes and not as a block, so that {@code 1} is a number. */
    record Scalar(Position at, String text, boolean plain) implements YamlNode {
        boolean isNull() {
            return plain && (text.isEmpty() || text.equals("~") || text.equalsIgnoreCase("null"));
        }
    }

    /** A list. */
    record Sequence(Position at, List<YamlNode> items) implements YamlNode {}

    /** Keys and values in the order of the file, every key once. */
    record Mapping(Position at, List<Entry> entries) implements YamlNode {}

    /** One key with its value; {@code at} is the place of the key. */
    record Entry(Position at, String key, YamlNode value) {}

    /** How an error message names what stands here. */
    default String description() {
        return switch (this) {
            case Scalar scalar when scalar.isNull() -> "nothing";
            case Scalar scalar when scalar.plain() -> Words.quoted(scalar.text());
            case Scalar scalar -> "the text " + Words.quoted(scalar.text());
            case Sequence sequence -> "a list";
            case Mapping mapping -> "a mapping";
        };
    }
}
