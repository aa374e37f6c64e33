"""The same index on Milvus: generations that live on a server, for archives that outgrow one machine.

`server` alone talks to pymilvus; `layout` names what lies there; `loading` brings a finished local generation there and
`fetching` brings one home; `index` answers from it; `keeper` looks after them all.
"""
