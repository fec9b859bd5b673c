"""Small modules that every other package may import. They import none of ours."""
