// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.dns.fake.Pools.give;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.StringDataType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.testkit.Await;
import sluice.testkit.Scale;

/** Files that are damaged, somebody else's or in use. */
class BrokenFileTest {
    private static final int NAMES = 1000;
    private static final int BLOCK = 4096;

    @TempDir
    private Path directory;

    private Pools pools;

    @BeforeEach
    void prepare() {
        pools = new Pools(directory);
    }

    private byte[] written() throws Exception {
        try (var pool = pools.usual()) {
            for (int i = 0; i < NAMES; i++) {
                give(pool, "name-" + i + ".example");
            }
        }
        return Files.readAllBytes(pools.file());
    }

    /** Whatever was wrong, names are given out and remembered, unless that comes to light only when the file is read again, and is said then. */
    private void checkUsable(String what) throws Exception {
        pools.events.heard.clear();
        try (var pool = pools.usual()) {
            assertThat(give(pool, "new.example")).as(what).isNotEqualTo(FakePool.NONE);
            assertThat(pool.view().notRemembered()).as(what).isEmpty();
        }
        int before = pools.events.heard.size();
        try (var pool = pools.usual()) {
            var later = pools.events.heard.subList(before, pools.events.heard.size());
            if (later.stream().noneMatch(said -> said.startsWith("damaged"))) {
                assertThat(pool.peek("new.example")).as(what).isNotEqualTo(FakePool.NONE);
            }
        }
    }

    private void checkBegunAnew(String what) throws Exception {
        var broken = Files.readAllBytes(pools.file());
        checkUsable(what);
        assertThat(pools.events.heard).as(what).hasSize(1);
        assertThat(pools.events.heard.getFirst())
                .contains("damaged", pools.file().toString(), aside().toString());
        assertThat(aside()).as(what).hasBinaryContent(broken);
    }

    private Path aside() {
        return directory.resolve("fakes.damaged");
    }

    @Test
    void aTruncatedFileIsBegunAnewAndThatIsSaid() throws Exception {
        byte[] whole = written();
        var lengths = new TreeSet<Integer>();
        for (int block = 0; block <= whole.length; block += BLOCK) {
            lengths.addAll(List.of(block - 1, block, block + 1, block + 100));
        }
        new Random(4).ints(Scale.of(50, 5000), 0, whole.length).forEach(lengths::add);
        for (int length : lengths.subSet(0, whole.length)) {
            Files.write(pools.file(), Arrays.copyOf(whole, length));
            checkBegunAnew("of " + length + " bytes");
        }
    }

    @Test
    void aFileOfZeroesIsBegunAnew() throws Exception {
        Files.write(pools.file(), new byte[written().length]);
        checkBegunAnew("zeroes");
    }

    @Test
    void whateverBytesTheFileHoldsItIsUsable() throws Exception {
        byte[] whole = written();
        var random = new Random(4);
        for (int i = 0; i < Scale.of(100, 10_000); i++) {
            byte[] bytes = whole.clone();
            int at = 4 + random.nextInt(bytes.length - 4);
            int length = Math.min(1 << random.nextInt(14), bytes.length - at);
            byte[] noise = new byte[length];
            random.nextBytes(noise);
            System.arraycopy(noise, 0, bytes, at, length);
            Files.write(pools.file(), bytes);
            checkUsable(length + " bytes of noise at " + at);
        }
    }

    @Test
    void whatApplicationsMayRememberIsNotGivenToOtherNames() throws Exception {
        Files.write(pools.file(), Arrays.copyOf(written(), BLOCK));
        try (var pool = pools.usual()) {
            assertThat(give(pool, "new-1.example")).isGreaterThan(NAMES);
            pools.clock.addAndGet(Pools.TTL + 1);
            assertThat(give(pool, "new-2.example")).isEqualTo(1);
        }
    }

    @Test
    void aFileOfAnotherFormatIsBegunAnew() throws Exception {
        written();
        try (var store = MVStore.open(pools.file().toString())) {
            var text = new MVMap.Builder<String, String>()
                    .keyType(StringDataType.INSTANCE)
                    .valueType(StringDataType.INSTANCE);
            store.openMap("about", text).put("format", "2");
        }
        checkBegunAnew("format 2");
    }

    @Test
    void anotherProgramsFileIsLeftAloneAndNothingRemembered() throws Exception {
        Files.writeString(pools.file(), "root:x:0:0::/root:/bin/sh\n");
        checkLeftAlone();
        Files.delete(pools.file());
        try (var store = MVStore.open(pools.file().toString())) {
            store.<String, String>openMap("theirs").put("key", "value");
        }
        checkLeftAlone();
    }

    private void checkLeftAlone() throws Exception {
        pools.events.heard.clear();
        var theirs = Files.readAllBytes(pools.file());
        try (var pool = pools.usual()) {
            int slot = give(pool, "example.org");
            assertThat(pool.slot("example.org")).isEqualTo(slot);
            assertThat(pool.view().notRemembered())
                    .hasValueSatisfying(reason ->
                            assertThat(reason).contains(pools.file().toString(), "no file of Sluice's", "dns.file"));
        }
        assertThat(pools.events.heard).hasSize(1);
        assertThat(pools.file()).hasBinaryContent(theirs);
        assertThat(aside()).doesNotExist();
    }

    @Test
    void whatWasGivenOutWhileAnotherProcessHadTheFileIsRememberedAfterwards() throws Exception {
        try (var pool = pools.small()) {
            give(pool, "old-1.example");
            give(pool, "old-2.example");
        }
        var theirs = MVStore.open(pools.file().toString());
        try (var pool = pools.small()) {
            assertThat(pools.events.heard).hasSize(1);
            assertThat(pools.events.heard.getFirst())
                    .startsWith("not remembered: ")
                    .contains(pools.file().toString(), "another process", "dns.file");
            // Slots 1 and 2.
            give(pool, "old-2.example");
            give(pool, "new.example");
            theirs.close();
            Await.until(
                    "the file is used",
                    Pools.LIMIT,
                    () -> pool.view().notRemembered().isEmpty());
            assertThat(pools.events.heard).hasSize(2).endsWith("remembered");
        }
        try (var pool = pools.small()) {
            assertThat(pool.peek("old-2.example")).isEqualTo(1);
            assertThat(pool.peek("new.example")).isEqualTo(2);
            assertThat(pool.peek("old-1.example")).isEqualTo(FakePool.NONE);
            assertThat(pool.view().names()).isEqualTo(2);
        }
    }

    @Test
    void aFileThatCannotBeMadeIsSaidOnceAndMadeLater() throws Exception {
        var file = Files.writeString(directory.resolve("file"), "not a directory");
        pools = new Pools(file.resolve("below"));
        try (var pool = pools.small()) {
            give(pool, "example.org");
            assertThat(pools.events.heard).hasSize(1);
            assertThat(pools.events.heard.getFirst()).contains(pools.file().toString());
            Files.delete(file);
            Await.until(
                    "the file is made",
                    Pools.LIMIT,
                    () -> pool.view().notRemembered().isEmpty());
        }
        assertThat(pools.events.heard).hasSize(2).endsWith("remembered");
        try (var pool = pools.small()) {
            assertThat(pool.view().names()).isEqualTo(1);
        }
    }

    @Test
    void onlyTheOwnerMayReadTheFile() throws Exception {
        written();
        assertThat(Files.getPosixFilePermissions(pools.file())).isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }
}
