//! Shapes of requests and answers (section 4); limits as in the model, non-empty as in 4.1.

mod consumption;
mod grants;
mod license;
mod lists;
mod settings;
mod tags;
mod tokens;

pub use consumption::*;
pub use grants::*;
pub use license::*;
pub use lists::*;
pub use settings::*;
pub use tags::*;
pub use tokens::*;
