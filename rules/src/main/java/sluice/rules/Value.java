// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A value in the file, with the path of its key. What it cannot be turned into is noted as a problem, and null returned.
 */
record Value(Problems problems, String key, YamlNode node) {
    private static final Pattern NUMBER =
            Pattern.compile("0x([0-9a-fA-F_]+)|0o([0-7_]+)|0b([01_]+)|([+-]?[0-9][0-9_]*)");

    void error(String found, String allowed, String remedy) {
        problems.error(node.at(), key, found, allowed, remedy);
    }

    void warn(String found, String allowed, String remedy) {
        problems.warn(node.at(), key, found, allowed, remedy);
    }

    private void unexpected(String allowed) {
        unexpected(allowed, "");
    }

    private void unexpected(String allowed, String remedy) {
        error("found " + node.description(), allowed + " is expected", remedy);
    }

    /** Any scalar as text, not empty. */
    @Nullable
    String text() {
        if (!(node instanceof YamlNode.Scalar scalar)) {
            unexpected("text");
            return null;
        }
        if (scalar.text().isEmpty()) {
            error("is empty", "text is expected", "");
            return null;
        }
        return scalar.text();
    }

    /** Text that no message may repeat. */
    @Nullable
    String secretText() {
        if (node instanceof YamlNode.Scalar scalar) {
            return scalar.text();
        }
        unexpected("text");
        return null;
    }

    /** Text turned into something else by a function that throws {@link InvalidValueException}. */
    <T> @Nullable T parsed(Function<String, T> parser) {
        String text = text();
        if (text == null) {
            return null;
        }
        try {
            return parser.apply(text);
        } catch (InvalidValueException e) {
            error(e.found(), e.allowed(), e.remedy());
            return null;
        }
    }

    @Nullable
    Boolean flag() {
        if (node instanceof YamlNode.Scalar scalar && scalar.plain()) {
            // cgtproxy's YAML library knows the words of YAML 1.1 where a boolean is wanted.
            switch (scalar.text().toLowerCase(Locale.ROOT)) {
                case "true", "yes", "on", "y" -> {
                    return true;
                }
                case "false", "no", "off", "n" -> {
                    return false;
                }
                default -> {}
            }
        }
        boolean quoted = node instanceof YamlNode.Scalar text
                && !text.plain()
                && text.text().matches("true|false|yes|no|on|off");
        unexpected("true or false", quoted ? "remove the quotes" : "");
        return null;
    }

    /** A whole number: decimal, {@code 0x}, {@code 0o} or {@code 0b}. */
    @Nullable
    Long number(long least, long most) {
        String range = least == most ? String.valueOf(least) : "a number from " + least + " to " + most;
        if (!(node instanceof YamlNode.Scalar scalar) || scalar.isNull()) {
            unexpected(range);
            return null;
        }
        Matcher matcher = NUMBER.matcher(scalar.text());
        if (!matcher.matches()) {
            unexpected(range);
            return null;
        }
        if (!scalar.plain()) {
            error("found " + node.description(), range + " is expected", "remove the quotes");
            return null;
        }
        String text = scalar.text().replace("_", "");
        if (text.matches("[+-]?0[0-9]+")) {
            error(
                    "found " + Words.quoted(scalar.text()),
                    "a leading zero means octal to some programs",
                    "write it without the zero, or with 0o");
            return null;
        }
        return inRange(matcher, least, most, range);
    }

    private @Nullable Long inRange(Matcher matcher, long least, long most, String range) {
        int radix = matcher.group(1) != null ? 16 : matcher.group(2) != null ? 8 : matcher.group(3) != null ? 2 : 10;
        String digits = matcher.group(radix == 16 ? 1 : radix == 8 ? 2 : radix == 2 ? 3 : 4)
                .replace("_", "");
        try {
            long number = Long.parseLong(digits, radix);
            if (least <= number && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Out of the range of every number here; said below.
        }
        unexpected(range);
        return null;
    }

    /** A constant by its name in lower case, with a dash for each underscore. */
    <E extends Enum<E>> @Nullable E choice(Class<E> type) {
        E[] constants = type.getEnumConstants();
        if (node instanceof YamlNode.Scalar scalar) {
            for (E constant : constants) {
                if (name(constant).equals(scalar.text())) {
                    return constant;
                }
            }
        }
        List<String> names = Stream.of(constants).map(Value::name).toList();
        String nearest = node instanceof YamlNode.Scalar scalar ? Words.didYouMean(scalar.text(), names) : "";
        error("found " + node.description(), "one of " + String.join(", ", names) + " is expected", nearest);
        return null;
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The items of a list, none if there was a problem. */
    List<Value> items() {
        if (!(node instanceof YamlNode.Sequence sequence)) {
            unexpected("a list", Shapes.list(node));
            return List.of();
        }
        List<Value> items = new ArrayList<>();
        for (YamlNode item : sequence.items()) {
            items.add(new Value(problems, key + "[" + items.size() + "]", item));
        }
        return items;
    }

    /** The items of a list, or a single value as the only item. */
    List<Value> oneOrMore() {
        return node instanceof YamlNode.Scalar ? List.of(this) : items();
    }

    /** The entries of a mapping whose keys are names; none if there was a problem. */
    List<Named> named() {
        if (!(node instanceof YamlNode.Mapping mapping)) {
            unexpected("a mapping from names", Shapes.names(node));
            return List.of();
        }
        return mapping.entries().stream()
                .map(e -> new Named(e.key(), e.at(), new Value(problems, path(e.key()), e.value())))
                .collect(Collectors.toList());
    }

    /** A mapping with certain keys; others are noted. */
    @Nullable
    Section section(Section.Keys keys) {
        if (node instanceof YamlNode.Mapping mapping) {
            return new Section(this, mapping, keys);
        }
        unexpected("a mapping", Shapes.section(node, keys.all()));
        return null;
    }

    /** The path of a key below this one. */
    String path(String name) {
        String printable = name.matches("[A-Za-z0-9_.@-]{1,64}") ? name : Words.quoted(name);
        return key.isEmpty() ? printable : key + "." + printable;
    }

    /** An entry of {@link #named()}; {@code at} is the place of the name. */
    record Named(String name, Position at, Value value) {}
}
