// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What people chose, in memory and in a file. A file that cannot be read or written is worth a warning, and no more. Any thread. */
final class Choices {
    private final Optional<ChoiceFile> file;
    private final Consumer<String> warnings;
    private final Map<String, String> chosen = new HashMap<>();

    Choices(Optional<ChoiceFile> file, Consumer<String> warnings) {
        this.file = file;
        this.warnings = warnings;
        file.ifPresent(this::read);
    }

    private void read(ChoiceFile from) {
        try {
            chosen.putAll(from.read());
        } catch (IOException e) {
            warnings.accept("read the members chosen for groups from " + from.path() + ": " + e
                    + "; groups of type select start with their first member, ignoring");
        }
    }

    synchronized @Nullable String of(String group) {
        return chosen.get(group);
    }

    synchronized void remember(String group, String member) {
        chosen.put(group, member);
        file.ifPresent(this::write);
    }

    private void write(ChoiceFile to) {
        try {
            to.write(chosen);
        } catch (IOException e) {
            warnings.accept("write the members chosen for groups to " + to.path() + ": " + e
                    + "; the choice holds until the next start, make room and choose again, ignoring");
        }
    }
}
