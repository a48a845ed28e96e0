// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A mapping whose keys are laid down. A key without a value counts as absent, as it does for cgtproxy. */
final class Section {
    /**
     * The keys of a section.
     *
     * @param shared those cgtproxy has too
     * @param own those it does not have
     * @param misnomers of these keys
     */
    record Keys(List<String> shared, List<String> own, Misnomers misnomers) {
        Keys(List<String> shared, List<String> own) {
            this(shared, own, Misnomers.NONE);
        }

        static Keys ofOwn(String... keys) {
            return new Keys(List.of(), List.of(keys));
        }

        /** The same keys, with what they are called elsewhere. */
        Keys knowing(Misnomers other) {
            return new Keys(shared, own, other);
        }

        boolean contains(String key) {
            return shared.contains(key) || own.contains(key);
        }

        /** These and another one of Sluice's own. */
        Keys and(String key) {
            List<String> more = new ArrayList<>(own);
            more.add(key);
            return new Keys(shared, more, misnomers);
        }

        List<String> all() {
            List<String> all = new ArrayList<>(shared);
            all.addAll(own);
            return all;
        }
    }

    /** A key that is not known here, with what it may mean. */
    record Misnamed(Value value, Misnomers.Entry meaning) {}

    private final Value self;
    private final Keys keys;
    private final Map<String, Value> values = new HashMap<>();
    private final List<Misnamed> misnamed = new ArrayList<>();
    /** Keys that run together with their values. */
    private final List<YamlNode.Entry> words = new ArrayList<>();

    Section(Value self, YamlNode.Mapping mapping, Keys keys) {
        this.self = self;
        this.keys = keys;
        YamlNode.@Nullable Entry before = null;
        for (YamlNode.Entry entry : mapping.entries()) {
            if (keys.contains(entry.key())) {
                add(entry.key(), entry.value());
            } else if (!isOneWord(entry)) {
                unknown(entry, before);
            }
            before = entry;
        }
        noteWords();
    }

    private void add(String key, YamlNode node) {
        if (keys.own().contains(key)) {
            self.problems().ownKey();
        }
        if (!(node instanceof YamlNode.Scalar scalar && scalar.isNull())) {
            values.put(key, new Value(self.problems(), self.path(key), node));
        }
    }

    /** Between braces, {@code unit:a.service} is a key without a value. It is read as it was meant: one message suffices. */
    private boolean isOneWord(YamlNode.Entry entry) {
        int colon = entry.key().indexOf(':');
        String key = colon < 0 ? "" : entry.key().substring(0, colon);
        if (!keys.contains(key) || !(entry.value() instanceof YamlNode.Scalar nothing && nothing.isNull())) {
            return false;
        }
        var at = new Position(entry.at().line(), entry.at().column() + colon);
        String text = entry.key().substring(colon + 1);
        String unquoted = text.replaceFirst("^(['\"])(.*)\\1$", "$2");
        var value = new YamlNode.Scalar(at, unquoted, unquoted.equals(text));
        words.add(new YamlNode.Entry(at, key, value));
        add(key, value);
        return true;
    }

    private void noteWords() {
        if (words.isEmpty()) {
            return;
        }
        YamlNode.Entry first = words.getFirst();
        List<String> others =
                words.stream().skip(1).map(entry -> entry.key() + ": ").toList();
        SyntaxError error = BlockErrors.missingBlank(first.at(), first.key());
        String also = others.stream().map(Words::quoted).collect(Collectors.joining(", "));
        self.problems()
                .error(
                        error.at(),
                        self.path(first.key()),
                        error.found(),
                        error.allowed(),
                        error.remedy() + (also.isEmpty() ? "" : ", and likewise " + also));
    }

    private void unknown(YamlNode.Entry entry, YamlNode.@Nullable Entry before) {
        String key = self.path(entry.key());
        Misnomers.Entry meaning = keys.misnomers().entries().get(entry.key());
        if (meaning == null || !(meaning.meant().isEmpty() || keys.contains(meaning.meant()))) {
            self.problems().unknownKey(entry.at(), key, entry.key(), keys.all(), indent(before, entry));
            return;
        }
        self.problems().unknownKey(entry.at(), key, meaning.allowed(), meaning.remedy());
        misnamed.add(new Misnamed(
                new Value(self.problems(), key, new YamlNode.Scalar(entry.at(), entry.key(), true)), meaning));
        // For cgtproxy it is a key without a meaning, so it must not get one here.
        if (meaning.same() && keys.shared().isEmpty() && !has(meaning.meant())) {
            YamlNode node = meaning.value().isEmpty()
                    ? entry.value()
                    : new YamlNode.Scalar(entry.value().at(), meaning.value(), true);
            values.put(meaning.meant(), new Value(self.problems(), key, node));
        }
    }

    /** What to do where a key may belong to the one before, which has no value. */
    private static String indent(YamlNode.@Nullable Entry before, YamlNode.Entry entry) {
        boolean nested = before != null
                && before.value() instanceof YamlNode.Scalar scalar
                && scalar.isNull()
                && before.at().column() == entry.at().column()
                && before.at().line() < entry.at().line();
        return before != null && nested ? "indent it if it belongs to " + Words.quoted(before.key()) : "";
    }

    /** Whether there is a key that belongs elsewhere, which has been said. */
    boolean isMisnamed(String key) {
        return misnamed.stream()
                .anyMatch(other -> other.value().node() instanceof YamlNode.Scalar name
                        && name.text().equals(key));
    }

    /**
     * Whether it has been said, or is said now, why one of these keys is missing: another one is misnamed, or runs
     * together with its value.
     */
    boolean explainMissing(List<String> missing) {
        for (Misnamed other : misnamed) {
            if (missing.contains(other.meaning().meant())) {
                other.value()
                        .error(
                                "unknown key",
                                other.meaning().allowed(),
                                other.meaning().remedy());
                return true;
            }
        }
        return !words.isEmpty();
    }

    /** The section as a value: its place and its key. */
    Value self() {
        return self;
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    @Nullable
    Value get(String key) {
        return values.get(key);
    }

    /** The value of a key that must be there. */
    @Nullable
    Value require(String key) {
        Value value = values.get(key);
        if (value == null && !explainMissing(List.of(key))) {
            self.problems().error(self.node().at(), self.path(key), "is missing", "it has no default", "add it");
        }
        return value;
    }

    /** What a function makes of a key's value; the default if the key is absent, or after a problem was noted. */
    <T> T or(String key, T otherwise, Function<Value, @Nullable T> read) {
        Value value = values.get(key);
        T result = value == null ? null : read.apply(value);
        return result == null ? otherwise : result;
    }

    boolean flag(String key, boolean otherwise) {
        return or(key, otherwise, Value::flag);
    }

    int number(String key, int otherwise, long least, long most) {
        Value value = values.get(key);
        Long number = value == null ? null : value.number(least, most);
        return number == null ? otherwise : number.intValue();
    }

    <E extends Enum<E>> E choice(String key, E otherwise) {
        Value value = values.get(key);
        E choice = value == null ? null : value.choice(otherwise.getDeclaringClass());
        return choice == null ? otherwise : choice;
    }

    /** The items of a list, none if the key is absent. */
    List<Value> items(String key) {
        Value value = values.get(key);
        return value == null ? List.of() : value.items();
    }

    /** The items of a list or a single value, none if the key is absent. */
    List<Value> oneOrMore(String key) {
        Value value = values.get(key);
        return value == null ? List.of() : value.oneOrMore();
    }

    /** The entries of a mapping from names, none if the key is absent. */
    List<Value.Named> named(String key) {
        Value value = values.get(key);
        return value == null ? List.of() : value.named();
    }

    @Nullable
    Section section(String key, Keys keys) {
        Value value = values.get(key);
        return value == null ? null : value.section(keys);
    }
}
