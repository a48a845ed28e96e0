// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sluice.bounds.Claimant;
import sluice.testkit.Scale;

/**
 * The table beside plain maps: whatever is done to it in whatever order, no slot is taken from a name that an application may still use, nor from another
 * share's while the share that asks has one to give up.
 */
class SlotTableTest {
    private static final int STEPS = 1500;
    private static final int TTL = 20;
    private static final int LARGEST = 60;
    private static final int MOST_NAMES = 150;
    /** How many slots all but one may own beyond half: one in so many. */
    private static final int EIGHTH = 8;

    private Random random = new Random();
    private int now = 1000;
    private int limit = 40;
    private int highest;
    private final SlotTable table = new SlotTable(limit, TTL);

    private final Map<String, Integer> slots = new HashMap<>();
    /** Of slots with names; none where they belong to no share. */
    private final Map<Integer, String> owners = new HashMap<>();

    private final Map<Integer, Integer> lastUse = new HashMap<>();
    private final Set<Integer> pending = new HashSet<>();
    private final List<Integer> leases = new ArrayList<>();

    static int[] seeds() {
        return new Random(4).ints(Scale.of(60, 2_000)).toArray();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void behavesAsPlainMapsDo(int seed) {
        random = new Random(seed);
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(20)) {
                case 0, 1, 2, 3, 4, 5 -> assign(name());
                case 6, 7, 8 -> confirm();
                case 9, 10, 11 -> touch();
                case 12, 13 -> hold();
                case 14, 15 -> release();
                case 16, 17, 18 -> now += random.nextInt(4);
                default -> rarely();
            }
            compare();
        }
    }

    private void rarely() {
        switch (random.nextInt(8)) {
            case 0 -> flush();
            case 1 -> resize();
            case 2 -> now += TTL + 1;
            case 3 -> {
                table.arrange(now);
                arranged();
            }
            default -> table.changed().clear();
        }
    }

    /** Some are long, so that names have to move in memory. */
    private String name() {
        int number = random.nextInt(MOST_NAMES);
        return "name-" + number + ".example".repeat(1 + number % 7 * 10);
    }

    /** A slot of which nobody knows when it was used counts as just used. */
    private void arranged() {
        for (int slot = 1; slot <= Math.min(highest, limit - 1); slot++) {
            lastUse.putIfAbsent(slot, now);
        }
    }

    private boolean isLeased(int slot) {
        return leases.contains(slot);
    }

    private boolean isOver(int slot) {
        return now - lastUse.getOrDefault(slot, 0) > TTL;
    }

    private void assign(String name) {
        if (slots.containsKey(name)) {
            assertThat(table.find(name)).isEqualTo(slots.get(name));
            return;
        }
        var share = share();
        boolean mayGrow =
                share == null || slots.size() < (limit - 1) / 2 || owned(share) < Math.max(1, (limit - 1) / EIGHTH);
        int slot = table.assign(name, share, now);
        if (slot == SlotTable.NONE) {
            for (int other = 1; other < limit; other++) {
                assertThat(!isIdle(other) || !mayTake(share, other, mayGrow))
                        .as("slot " + other + " is in use, or another share's")
                        .isTrue();
            }
            return;
        }
        assertThat(slot).isBetween(1, limit - 1);
        assertThat(isIdle(slot)).isTrue();
        assertThat(mayTake(share, slot, mayGrow))
                .as("slot " + slot + " may be taken")
                .isTrue();
        takeFromFormer(slot, share);
        slots.put(name, slot);
        if (share != null) {
            owners.put(slot, share);
        }
        pending.add(slot);
        highest = Math.max(highest, slot);
    }

    /** The first of them asks for most names. */
    private @Nullable String share() {
        return switch (random.nextInt(8)) {
            case 0 -> null;
            case 1 -> "share " + random.nextInt(4);
            case 2 -> Claimant.UNKNOWN;
            default -> "flood";
        };
    }

    private long owned(@Nullable String share) {
        return slots.values().stream()
                .filter(slot -> Objects.equals(owners.get(slot), share))
                .count();
    }

    private boolean isIdle(int slot) {
        return !isLeased(slot) && !pending.contains(slot) && isOver(slot);
    }

    private boolean mayTake(@Nullable String share, int slot, boolean mayGrow) {
        if (!slots.containsValue(slot)) {
            return mayGrow;
        }
        var owner = owners.get(slot);
        return Objects.equals(owner, share) || (mayGrow && (owner == null || owned(owner) > owned(share)));
    }

    private void takeFromFormer(int slot, @Nullable String share) {
        var former = slots.entrySet().stream()
                .filter(entry -> entry.getValue() == slot)
                .map(Map.Entry::getKey)
                .findAny();
        if (former.isPresent()) {
            int lastUseOfFormer = lastUse.getOrDefault(slot, 0);
            var owner = owners.get(slot);
            slots.forEach((name, other) -> {
                var another = owners.get(other);
                if (Objects.equals(another, owner) && !pending.contains(other) && !isLeased(other)) {
                    assertThat(lastUse.get(other)).as("last use of " + name).isGreaterThanOrEqualTo(lastUseOfFormer);
                }
                if (!Objects.equals(owner, share) && Objects.equals(another, share)) {
                    assertThat(isIdle(other)).as("own " + name + " was idle").isFalse();
                }
            });
            slots.remove(former.get());
            owners.remove(slot);
        }
    }

    private void confirm() {
        table.changed().clear();
        for (int slot : List.copyOf(pending)) {
            if (random.nextInt(3) > 0) {
                table.confirm(slot, now);
                lastUse.put(slot, now);
                pending.remove(slot);
            }
        }
    }

    /** A slot whose name is given out; 0: there is none. */
    private int givenSlot() {
        var given = slots.values().stream()
                .filter(slot -> !pending.contains(slot))
                .sorted()
                .toList();
        return given.isEmpty() ? 0 : given.get(random.nextInt(given.size()));
    }

    private void touch() {
        int slot = givenSlot();
        if (slot > 0) {
            table.touch(slot, now);
            lastUse.put(slot, now);
        }
    }

    private void hold() {
        int slot = givenSlot();
        if (slot > 0) {
            table.hold(slot);
            leases.add(slot);
        }
    }

    private void release() {
        if (!leases.isEmpty()) {
            int slot = leases.remove(/* index */ random.nextInt(leases.size()));
            table.release(slot, now);
            if (!isLeased(slot)) {
                lastUse.put(slot, now);
            }
        }
    }

    private void flush() {
        int before = slots.size();
        slots.entrySet().removeIf(entry -> !pending.contains(entry.getValue()) && !isLeased(entry.getValue()));
        assertThat(table.flush(now)).isEqualTo(before - slots.size());
        owners.keySet().retainAll(slots.values());
        arranged();
    }

    private void resize() {
        limit = 2 + random.nextInt(LARGEST);
        table.resize(limit, now);
        slots.values().removeIf(slot -> slot >= limit);
        pending.retainAll(slots.values());
        owners.keySet().retainAll(slots.values());
        arranged();
    }

    private void compare() {
        assertThat(table.size()).isEqualTo(slots.size());
        assertThat(table.leased()).isEqualTo(Set.copyOf(leases).size());
        slots.forEach((name, slot) -> {
            assertThat(table.find(name)).isEqualTo(slot);
            assertThat(table.name(slot)).isEqualTo(name);
            assertThat(table.isGiven(slot)).isEqualTo(!pending.contains(slot));
        });
    }
}
