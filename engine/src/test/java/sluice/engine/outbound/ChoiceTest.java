// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sluice.engine.outbound.Groups.group;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people choose, and the file that remembers it. */
class ChoiceTest {
    @TempDir
    Path directory;

    @Test
    void aChoiceOutlivesARestartAndIsWrittenWhole() throws Exception {
        var file = directory.resolve("state").resolve("choices");
        String[] outbounds = {"a: {type: block}", "b b: {type: block}", "g: {type: select, outbounds: [a, b b]}"};
        try (var world = World.of(Optional.of(file), endpoint -> false, outbounds)) {
            assertThat(world.way("g").outbounds()).containsExactly("g", "a");
            world.table.choose("g", "b b");
            assertThat(world.way("g").outbounds()).containsExactly("g", "b b");
            assertThatThrownBy(() -> world.table.choose("g", "c")).hasMessage("group g has no member c; it has a, b b");
            assertThatThrownBy(() -> world.table.choose("h", "c")).hasMessage("there is no group h; there are g");
            assertThatThrownBy(() -> world.table.test("g")).hasMessageContaining("which is not tested");
            assertThat(world.warnings).isEmpty();
        }
        assertThat(Files.readString(file)).endsWith("\ng\tb b\n");
        assertThat(file.getParent()).isDirectoryNotContaining(other -> !other.equals(file));
        try (var world = World.of(Optional.of(file), endpoint -> false, outbounds)) {
            assertThat(group(world, "g").now()).contains("b b");
            // The member goes and comes back.
            world.with("a: {type: block}", "g: {type: select, outbounds: [a]}");
            assertThat(group(world, "g").now()).contains("a");
            world.with(outbounds);
            assertThat(group(world, "g").now()).contains("b b");
        }
    }

    @Test
    void aGroupMayBeCalledLikeAComment() throws Exception {
        var file = directory.resolve("choices");
        String[] outbounds = {"a: {type: block}", "b: {type: block}", "\"#g\": {type: select, outbounds: [a, b]}"};
        try (var world = World.of(Optional.of(file), endpoint -> false, outbounds)) {
            world.table.choose("#g", "b");
        }
        try (var world = World.of(Optional.of(file), endpoint -> false, outbounds)) {
            assertThat(group(world, "#g").now()).contains("b");
        }
    }

    @Test
    void aFullDiskIsAWarningAndLeavesTheOldChoice() throws Exception {
        var file = directory.resolve("choices");
        String[] outbounds = {"a: {type: block}", "b: {type: block}", "g: {type: select, outbounds: [a, b]}"};
        try (var world = World.of(Optional.of(file), endpoint -> false, outbounds)) {
            world.table.choose("g", "b");
            var before = Files.readString(file);
            // Every write to it fails with ENOSPC (full(4)).
            Files.createSymbolicLink(directory.resolve("choices.new"), Path.of("/dev/full"));
            world.table.choose("g", "a");
            assertThat(group(world, "g").now()).contains("a");
            assertThat(world.warnings)
                    .singleElement()
                    .asString()
                    .contains(file.toString(), "No space left on device", "make room and choose again");
            assertThat(file).hasContent(before);
            world.table.choose("g", "a");
            assertThat(Files.readString(file)).endsWith("g\ta\n");
        }
    }

    @Test
    void aFileThatCannotBeWrittenOrReadIsAWarning() throws Exception {
        String[] outbounds = {"a: {type: block}", "b: {type: block}", "g: {type: select, outbounds: [a, b]}"};
        var missing = Files.createSymbolicLink(directory.resolve("missing"), Path.of("nowhere"))
                .resolve("choices");
        try (var world = World.of(Optional.of(missing), endpoint -> false, outbounds)) {
            world.table.choose("g", "b");
            assertThat(group(world, "g").now()).contains("b");
            assertThat(world.warnings)
                    .singleElement()
                    .asString()
                    .startsWith("write the members chosen for groups to " + missing)
                    .endsWith(", ignoring");
        }
        try (var world = World.of(Optional.of(directory), endpoint -> false, outbounds)) {
            assertThat(group(world, "g").now()).contains("a");
            assertThat(world.warnings)
                    .singleElement()
                    .asString()
                    .startsWith("read the members chosen for groups from " + directory);
        }
        var garbage = Files.write(directory.resolve("garbage"), new byte[] {0, -1, 9, 10, 103, 9, 122, 10});
        try (var world = World.of(Optional.of(garbage), endpoint -> false, outbounds)) {
            assertThat(group(world, "g").now()).contains("a");
        }
    }
}
