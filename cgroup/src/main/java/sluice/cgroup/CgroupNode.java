// SPDX-License-Identifier: Apache-2.0
package sluice.cgroup;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One directory of the followed tree. There are as many as cgroups on the machine, so paths are put together when they are needed,
 * and a leaf has no map of children.
 */
final class CgroupNode {
    /** Of a directory that could not be watched. */
    static final int UNWATCHED = -1;

    final long id;
    final String name;
    final @Nullable CgroupNode parent;
    int watch = UNWATCHED;
    private @Nullable Map<String, CgroupNode> children;

    CgroupNode(long id, String name, @Nullable CgroupNode parent) {
        this.id = id;
        this.name = name;
        this.parent = parent;
    }

    @Nullable
    CgroupNode child(String childName) {
        return children == null ? null : children.get(childName);
    }

    Collection<CgroupNode> children() {
        return children == null ? List.of() : children.values();
    }

    void add(CgroupNode child) {
        if (children == null) {
            children = HashMap.newHashMap(1);
        }
        children.put(child.name, child);
    }

    void remove(CgroupNode child) {
        if (children != null) {
            children.remove(child.name);
            if (children.isEmpty()) {
                children = null;
            }
        }
    }

    /** This node and all below it, parents before children. Not recursive: whoever owns a cgroup decides how deep it nests. */
    List<CgroupNode> subtree() {
        var nodes = new ArrayList<CgroupNode>();
        nodes.add(this);
        for (int i = 0; i < nodes.size(); i++) {
            nodes.addAll(nodes.get(i).children());
        }
        return nodes;
    }

    /** Relative to the root node, whose path is empty. */
    String path() {
        if (parent == null) {
            return "";
        }
        int length = 0;
        for (var node = this; node.parent != null; node = node.parent) {
            length += node.name.length() + 1;
        }
        var path = new char[length];
        for (var node = this; node.parent != null; node = node.parent) {
            length -= node.name.length();
            node.name.getChars(0, node.name.length(), path, length);
            path[--length] = '/';
        }
        return new String(path);
    }

    int depth() {
        int depth = 0;
        for (var node = this; node.parent != null; node = node.parent) {
            depth++;
        }
        return depth;
    }
}
