// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.io.IOException;

/** Hears what people should know of the file. Called on the pool's thread or the one that opens it; must neither block for long nor throw. */
public interface FakeListener {
    /**
     * From now on addresses are given out without being remembered: they are forgotten when the program ends. It is tried again and again;
     * said once until {@link #remembered}.
     *
     * @param reason in words for people, with the file and what to do
     */
    void notRemembered(IOException reason);

    /** The file holds again everything that was given out. */
    void remembered();

    /**
     * The file could not be used as it was found: names are lost that had an address before.
     *
     * @param what in words for people: what was wrong with which file, and what became of it
     */
    void damaged(String what);

    /**
     * The configuration's pools are not those of the file.
     *
     * @param names how many lost their address by that; at least one
     */
    void forgotten(int names);
}
