// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

/**
 * Which levels of the cgroup tree, as {@code socket cgroupv2 level} counts them, the kernel has to look at.
 *
 * @param matched where rules match cgroups
 * @param drops where the walk for drops finds something
 * @param totalDrops where the walk for drops that spare loopback only finds something
 * @param proxied where the walk for cgroups whose DNS is captured finds something
 * @param all where there are cgroups
 */
public record Levels(Range matched, Range drops, Range totalDrops, Range proxied, Range all) {
    /**
     * The kernel tells cgroups apart down to level 255, with the depth of the cgroup namespace (nft_socket_init in net/netfilter/nft_socket.c), which
     * nobody can see from within: this leaves room for it.
     */
    public static final int DEEPEST = 200;

    /** No cgroup at all. */
    public static final Levels NONE = new Levels(Range.EMPTY, Range.EMPTY, Range.EMPTY, Range.EMPTY, Range.EMPTY);

    /** What serves these levels and the other ones. */
    public Levels union(Levels other) {
        return new Levels(
                matched.union(other.matched),
                drops.union(other.drops),
                totalDrops.union(other.totalDrops),
                proxied.union(other.proxied),
                all.union(other.all));
    }

    /** One level more, as a matched cgroup below all others makes it. */
    Levels deeper() {
        return new Levels(matched.deeper(), drops, totalDrops, proxied, all.deeper());
    }

    /**
     * A range of levels; both ends 0 where there is none.
     *
     * @param lowest the level nearest to the root
     * @param deepest the level farthest from it
     */
    public record Range(int lowest, int deepest) {
        /** No level. */
        public static final Range EMPTY = new Range(0, 0);

        /** Whether there is no level in it. */
        public boolean isEmpty() {
            return deepest == 0;
        }

        Range deeper() {
            return new Range(Math.max(1, lowest), deepest + 1);
        }

        /** The smallest range that contains both. */
        public Range union(Range other) {
            if (isEmpty()) {
                return other;
            }
            return other.isEmpty() ? this : new Range(Math.min(lowest, other.lowest), Math.max(deepest, other.deepest));
        }
    }
}
