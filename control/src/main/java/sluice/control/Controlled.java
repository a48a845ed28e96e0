// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import org.jspecify.annotations.Nullable;
import sluice.linux.PeerProcess;

/**
 * What can be seen of a daemon and asked of it. Called on the server's connection threads, several at once; an implementation hands the
 * question to the thread that owns the state and waits for the answer.
 */
public interface Controlled {
    /** How it is doing. */
    StatusView status() throws RefusedException;

    /** Every managed cgroup with its target. */
    TreeView tree() throws RefusedException;

    /**
     * Why a cgroup's traffic goes where it goes.
     *
     * @param path relative to the managed root or absolute; comes from the client unchecked
     */
    ExplainView explain(String path) throws RefusedException;

    /**
     * What the engine carries; nothing where there is no engine.
     *
     * @param position of an earlier answer: what ended since is told too. Negative: nothing that has ended
     */
    FlowsView flows(long position) throws RefusedException;

    /**
     * What an application would be answered by DNS; nobody is asked for it.
     *
     * @param name to ask for; comes from the client unchecked, as the others do
     * @param type mnemonic of a record's type, or its number
     * @param path of the application's cgroup, as for {@link #explain}; null: nobody in particular
     */
    DnsView dns(String name, String type, @Nullable String path) throws RefusedException;

    /** What DNS remembers. */
    DnsCacheView dnsCache() throws RefusedException;

    /** Has DNS forget something; says how much that was. */
    FlushView flush(FlushRequest.What what) throws RefusedException;

    /**
     * Has new flows of a group use a member.
     *
     * @return the same choice
     */
    SelectRequest select(SelectRequest choice) throws RefusedException;

    /** Reads the configuration again and applies the difference, or leaves everything as it was. */
    ReloadView reload() throws RefusedException;

    /** Whether the configuration lets this user, who is not root, have this target. */
    boolean mayRun(int uid, RunRequest request);

    /**
     * Makes a cgroup with the target and moves the peer's process there. The server has checked {@link #mayRun} for those
     * who need it.
     */
    RunView run(RunRequest request, PeerProcess peer) throws RefusedException;

    /** Something went wrong in the server or in one of the calls above, for the log. */
    void requestFailed(String request, Throwable cause);
}
