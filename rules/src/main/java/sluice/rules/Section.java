// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A mapping whose keys are laid down. A key without a value counts as absent, as it does for cgtproxy. */
final class Section {
    /**
     * The keys of a section.
     *
     * @param shared those cgtproxy has too
     * @param own those it does not have
     */
    record Keys(List<String> shared, List<String> own) {
        static Keys ofOwn(String... keys) {
            return new Keys(List.of(), List.of(keys));
        }

        List<String> all() {
            List<String> all = new ArrayList<>(shared);
            all.addAll(own);
            return all;
        }
    }

    private final Value self;
    private final Map<String, Value> values = new HashMap<>();

    Section(Value self, YamlNode.Mapping mapping, Keys keys) {
        this.self = self;
        for (YamlNode.Entry entry : mapping.entries()) {
            String key = self.path(entry.key());
            if (keys.own().contains(entry.key())) {
                self.problems().ownKey();
            } else if (!keys.shared().contains(entry.key())) {
                self.problems().unknownKey(entry.at(), key, entry.key(), keys.all());
                continue;
            }
            if (!(entry.value() instanceof YamlNode.Scalar scalar && scalar.isNull())) {
                values.put(entry.key(), new Value(self.problems(), key, entry.value()));
            }
        }
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
        if (value == null) {
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
