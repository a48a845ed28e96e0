// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What to write where a list, a mapping or plain text stands in the wrong place; empty where there is nothing to advise. */
final class Shapes {
    private Shapes() {}

    /** Where a list is expected. */
    static String list(YamlNode node) {
        return switch (node) {
            case YamlNode.Scalar scalar when isDash(scalar) -> "write a blank behind each dash";
            case YamlNode.Scalar scalar -> "write [ and ] around it";
            case YamlNode.Mapping mapping when startsWithDash(mapping) -> "write a blank behind each dash";
            case YamlNode.Mapping mapping -> "write a dash and a blank in front of each entry";
            case YamlNode.Sequence sequence -> "";
        };
    }

    /** Where names with what belongs to them are expected. */
    static String names(YamlNode node) {
        return switch (node) {
            case YamlNode.Scalar scalar -> "write {NAME: {…}}";
            case YamlNode.Sequence sequence -> "write NAME: in the place of each dash";
            case YamlNode.Mapping mapping -> "";
        };
    }

    /** Where a mapping with some keys is expected. */
    static String section(YamlNode node, List<String> keys) {
        if (node instanceof YamlNode.Sequence) {
            return "remove the dashes and brackets around it";
        }
        String example = keys.isEmpty() ? "" : "write {" + keys.getFirst() + ": …}";
        if (!(node instanceof YamlNode.Scalar scalar) || !scalar.plain() || scalar.isNull()) {
            return example;
        }
        @Nullable
        String key = keys.stream()
                .filter(name -> scalar.text().startsWith(name))
                .max(Comparator.comparingInt(String::length))
                .orElse(null);
        if (key == null || !scalar.text().substring(key.length()).matches("(?s)(?:[:=]|\\s).*")) {
            return example;
        }
        return "write a colon and a blank behind " + Words.quoted(key);
    }

    private static boolean isDash(YamlNode.Scalar scalar) {
        return scalar.plain() && scalar.text().matches("(?s)-[^-\\s].*");
    }

    private static boolean startsWithDash(YamlNode.Mapping mapping) {
        return !mapping.entries().isEmpty()
                && mapping.entries().getFirst().key().startsWith("-");
    }
}
