// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sluice.control.TreeView;

class TreeTextTest {
    private static final TreeFilter EVERYTHING = new TreeFilter(null, Integer.MAX_VALUE, false);

    private final List<TreeView.Node> nodes = new ArrayList<>();

    private void node(String path, int line, @Nullable String target, @Nullable String from) {
        nodes.add(new TreeView.Node(path, nodes.size() + 1, line, target, from));
    }

    private List<String> lines(TreeFilter filter, boolean all, int room) {
        var text = new StringWriter();
        TreeCommand.print(
                new TreeView("/sys/fs/cgroup", nodes), filter, all, new Page(new PrintWriter(text, true), room));
        return text.toString().lines().toList();
    }

    private List<String> folded(TreeFilter filter) {
        return lines(filter, false, Terminal.ENDLESS);
    }

    /** As on a desktop, with most cgroups alike. */
    private void desktop() {
        node("/init.scope", 0, null, null);
        node("/system.slice", 0, null, null);
        node("/system.slice/a.service", 3, "direct", null);
        node("/system.slice/a.service/b", 3, "direct", "/system.slice/a.service");
        node("/system.slice/a.service/b/c", 3, "direct", "/system.slice/a.service");
        for (int i = 1; i <= 300; i++) {
            node("/system.slice/z" + i + ".service", 0, null, null);
        }
        node("/user.slice", 7, "proxy office", null);
        node("/user.slice/app-firefox-1.scope", 5, "proxy home", null);
        node("/user.slice/app-firefox-1.scope/x", 5, "proxy home", "/user.slice/app-firefox-1.scope");
        for (int i = 1; i <= 70; i++) {
            node("/user.slice/session-" + i + ".scope", 6, "drop", null);
        }
    }

    @Test
    void cgroupsThatGetWhatTheOneAboveGetsAreCounted() {
        desktop();
        assertThat(folded(EVERYTHING))
                .containsExactly(
                        "/sys/fs/cgroup",
                        "CGROUP                  TARGET        RULE     MORE",
                        "system.slice            -             no rule   300",
                        "  a.service             direct        line 3      2",
                        "user.slice              proxy office  line 7",
                        "  app-firefox-1.scope   proxy home    line 5      1",
                        "  session-1.scope       drop          line 6",
                        "  session-2.scope       drop          line 6",
                        "  session-3.scope       drop          line 6",
                        "  … 67 more like these  drop          line 6     67",
                        "1 more that no rule reaches",
                        "MORE counts cgroups below that are not shown; --all shows them");
    }

    @Test
    void allShowsAll() {
        desktop();
        var lines = lines(EVERYTHING, true, Terminal.ENDLESS);
        assertThat(lines).hasSize(nodes.size() + 2).noneMatch(line -> line.contains("more"));
        assertThat(lines).anyMatch(line -> line.matches("      c +direct +line 3, from /system.slice/a.service *"));
    }

    @Test
    void aDepthLimitsWhatIsShown() {
        desktop();
        assertThat(folded(new TreeFilter(null, 1, false)))
                .containsExactly(
                        "/sys/fs/cgroup",
                        "CGROUP      TARGET        RULE    MORE",
                        "user.slice  proxy office  line 7    72",
                        "305 more that no rule reaches",
                        "MORE counts cgroups below that are not shown; --all shows them");
    }

    @Test
    void matchedShowsWhatRulesMatchWithTheWayThere() {
        node("/system.slice", 0, null, null);
        node("/system.slice/a.service", 3, "direct", null);
        node("/system.slice/a.service/b", 3, "direct", "/system.slice/a.service");
        node("/system.slice/z.service", 0, null, null);
        assertThat(lines(new TreeFilter(null, Integer.MAX_VALUE, true), true, Terminal.ENDLESS))
                .containsExactly(
                        "/sys/fs/cgroup",
                        "CGROUP        TARGET  RULE     MORE",
                        "system.slice  -       no rule     1",
                        "  a.service   direct  line 3      1");
    }

    @Test
    void anApplicationIsShownWithTheWayThere() {
        desktop();
        assertThat(folded(new TreeFilter("firefox", Integer.MAX_VALUE, false)))
                .containsExactly(
                        "/sys/fs/cgroup",
                        "CGROUP                 TARGET        RULE    MORE",
                        "user.slice             proxy office  line 7    70",
                        "  app-firefox-1.scope  proxy home    line 5     1",
                        "MORE counts cgroups below that are not shown; --all shows them");
        assertThat(folded(new TreeFilter("z7", Integer.MAX_VALUE, false))).contains("  z7.service  -       no rule");
        assertThat(folded(new TreeFilter("nothing", Integer.MAX_VALUE, false)))
                .containsExactly("/sys/fs/cgroup", "no cgroup is like this, of 378");
    }

    @Test
    void itFitsANarrowTerminal() {
        desktop();
        assertThat(lines(EVERYTHING, true, 40)).allMatch(line -> line.length() <= 40);
        assertThat(lines(EVERYTHING, false, 30)).allMatch(line -> line.length() <= 30);
    }
}
