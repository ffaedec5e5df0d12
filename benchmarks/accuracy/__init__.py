"""How accurate glassnet is with its defaults, on a folder of tables, beside other libraries with theirs."""
