// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Remembers which members people chose: a line {@code GROUP TAB MEMBER} for each group. Names hold no control characters. Replaced as a whole, so
 * it is never half written.
 */
record ChoiceFile(Path path) {
    private static final String HEADER =
            "# Members that were chosen for groups of type select; Sluice writes this file.\n";
    private static final int LARGEST = 1 << 20;

    /** What was chosen, by group. Empty when there is no file. */
    Map<String, String> read() throws IOException {
        byte[] bytes;
        try (var in = Files.newInputStream(path)) {
            bytes = in.readNBytes(LARGEST);
        } catch (NoSuchFileException e) {
            return Map.of();
        }
        var choices = new LinkedHashMap<String, String>();
        new String(bytes, StandardCharsets.UTF_8).lines().forEach(line -> {
            int tab = line.indexOf('\t');
            // The header has none.
            if (tab > 0) {
                choices.put(line.substring(0, tab), line.substring(tab + 1));
            }
        });
        return choices;
    }

    /** Replaces the file, in a directory that is made where it is missing; on failure the old one stays. */
    void write(Map<String, String> choices) throws IOException {
        var text = new StringBuilder(HEADER);
        new TreeMap<>(choices)
                .forEach((group, member) ->
                        text.append(group).append('\t').append(member).append('\n'));
        var directory = path.toAbsolutePath().getParent();
        if (directory != null) {
            Files.createDirectories(directory);
        }
        var temporary = path.resolveSibling(path.getFileName() + ".new");
        try {
            try (var file = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                var bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    file.write(bytes);
                }
                file.force(true);
            }
            Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
    }
}
